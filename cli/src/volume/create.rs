//! `groundcrew volume create`

use super::{apply, show};
use crate::{
    account::{Account, unread},
    args::AccountArgs,
};
use account::volume::VolumeError;
use anyhow::Result;
use names::VolumeName;
use std::process::ExitCode;

pub(crate) async fn run(name: &VolumeName, args: &AccountArgs) -> Result<ExitCode> {
    let account = Account::find(args).await?;
    account.announce();
    let looked = account.setup.plan_volume_creation(name).await;
    let plan = looked.map_err(|error| match error {
        VolumeError::Unreadable(errors) => unread(errors),
        error @ VolumeError::NotSetUp(_) => error.into(),
    })?;
    show(&plan, args.json)?;
    apply(&account, name, &plan, args.json).await
}
