//! `groundcrew product`: one file per command.

pub(crate) mod apply;
pub(crate) mod delete;
pub(crate) mod inspect;
pub(crate) mod show;
mod spec_files;
pub(crate) mod status;

use crate::{
    args::{ProductArgs, TargetArgs},
    target::Target,
};
use anyhow::Result;
use product::{Factory, Spec};
use std::fmt::Display;

/// The products of the specs that a command names, and the cloud that they are in.
pub(crate) struct Products {
    pub(crate) all: Vec<(Spec, Factory)>,
    pub(crate) target: Target,
}

impl Products {
    pub(crate) async fn find(args: &ProductArgs) -> Result<Self> {
        let specs = spec_files::read(&args.specs)?;
        let target = Target::find(&TargetArgs::home(args.google.as_ref())).await?;
        let settings = deployment::product_settings(&target.deployment);
        let factory =
            |spec: &Spec| Factory::new(target.client.clone(), target.ledger(), spec, &settings);
        let all = specs.into_iter().map(|spec| (factory(&spec), spec));
        Ok(Self {
            all: all.map(|(factory, spec)| (spec, factory)).collect(),
            target,
        })
    }
}

/// The error of the product that `spec` describes.
pub(crate) fn of(spec: &Spec, error: impl Display) -> anyhow::Error {
    anyhow::anyhow!("{} in {}: {error}", spec.name, spec.parent)
}
