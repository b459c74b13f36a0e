//! `groundcrew account`: one file per command.

pub(crate) mod apply;
pub(crate) mod delete;
pub(crate) mod inspect;
pub(crate) mod list;
mod recorder;
pub(crate) mod request;
pub(crate) mod revoke;
mod ssh_key;
mod summary;
mod topics;

use crate::{
    args::{AccountArgs, TargetArgs},
    named_file, out,
    target::Target,
};
use account::{Settings, Setup, Spec, SshKey};
use anyhow::{Context, Result, bail};
use plan::Plan;
use std::path::Path;

/// The largest spec that is read, in bytes: an event has at most 10 MB.
const MAX_SPEC: u64 = 1 << 20;
/// The largest file that is read for an SSH key, with what surrounds the key.
const MAX_SSH_KEY: u64 = 1 << 20;

/// A customer's project, and the cloud that it is in.
pub(crate) struct Account {
    pub(crate) setup: Setup,
    pub(crate) spec: Spec,
    settings: Settings,
    target: Target,
}

impl Account {
    pub(crate) async fn find(args: &AccountArgs) -> Result<Self> {
        let mut spec = read_spec(args)?;
        spec.ssh_key = ssh_key(args, &spec)?;
        let target = Target::find(&TargetArgs::home(args.google.as_ref())).await?;
        let settings = deployment::project_settings(&target.deployment);
        if spec.subnetwork.is_none() && account::regions(&spec, &settings).is_empty() {
            let location = &spec.location;
            bail!("regions is required in the spec: location {location} is not a region");
        }
        let settings = topics::check_topics(&target.client, settings).await?;
        let setup = Setup::new(target.client.clone(), &spec, &settings);
        Ok(Self {
            setup,
            spec,
            settings,
            target,
        })
    }

    fn recorder(&self) -> recorder::RunRecorder<'_> {
        recorder::RunRecorder::new(&self.target, self.settings.clone(), &self.spec)
    }

    /// Fails if the caller lacks a permission that the plan needs, which would
    /// leave a half-made setup.
    pub(crate) async fn check_permissions(&self, plan: &Plan) -> Result<()> {
        let missing = self.setup.missing_permissions(plan).await?;
        if missing.is_empty() {
            return Ok(());
        }
        let project = &self.spec.project;
        let is_of_storage = |permission: &&str| permission.starts_with("storage.");
        let role = match missing.iter().all(is_of_storage) {
            true => "roles/storage.admin, which roles/owner does not include",
            false => "roles/owner and roles/storage.admin",
        };
        let missing: Vec<&str> = missing.into_iter().collect();
        bail!(
            "nothing was changed: you lack these permissions on {project}: {}; \
             ask its owner for {role}",
            missing.join(", ")
        )
    }

    /// Says what the owners of topics have to do that the caller cannot access.
    pub(crate) async fn note_closed_topics(&self) -> Result<()> {
        for instruction in topics::instructions(&self.setup, &self.spec, &self.settings).await? {
            out::note!("{instruction}");
        }
        Ok(())
    }

    /// Tells the user which project a command is going to change, and in which cloud.
    pub(crate) fn announce(&self) {
        out::note!(
            "{}: project {}",
            self.target.description(),
            self.spec.project
        );
    }
}

/// The spec from the file or the options, without the SSH key's content.
fn read_spec(args: &AccountArgs) -> Result<Spec> {
    match (&args.spec, &args.project) {
        (Some(path), project) => {
            let file = path.display().to_string();
            let text = named_file::read_text(path, MAX_SPEC)?;
            Ok(Spec::parse(&file, &text, project.as_ref())?)
        }
        (None, Some(project)) => Ok(Spec::of(project.clone())),
        (None, None) => bail!("--project or --spec is required"),
    }
}

/// The SSH key from the options, else from the spec.
fn ssh_key(args: &AccountArgs, spec: &Spec) -> Result<SshKey> {
    let spec_folder = args.spec.as_ref().and_then(|file| file.parent());
    // Relative to the folder of the spec.
    let in_spec = spec
        .ssh_key_file
        .as_ref()
        .map(|file| spec_folder.map_or_else(|| file.clone(), |folder| folder.join(file)));
    match (&args.ssh_key, in_spec, args.no_ssh_key) {
        (_, _, true) => Ok(SshKey::Forgotten),
        (Some(file), _, false) => read_ssh_key(file),
        (None, Some(file), false) => read_ssh_key(&file),
        (None, None, false) => Ok(SshKey::Kept),
    }
}

fn read_ssh_key(file: &Path) -> Result<SshKey> {
    let path = file.display();
    let bytes = named_file::read(file, MAX_SSH_KEY)
        .with_context(|| format!("cannot read the SSH key {path}"))?;
    let secret = ssh_key::parse(&bytes);
    let secret = secret.with_context(|| format!("jobs cannot use the SSH key {path}"))?;
    Ok(SshKey::Given(secret))
}
