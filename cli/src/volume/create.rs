//! `groundcrew volume create`

use super::{apply, print_plan};
use crate::{account::Account, args::AccountArgs, plan_view::observation_failed};
use account::volume::VolumeError;
use anyhow::Result;
use names::VolumeName;
use std::process::ExitCode;

pub(crate) async fn run(name: &VolumeName, args: &AccountArgs) -> Result<ExitCode> {
    let account = Account::find(args).await?;
    account.announce();
    let plan = account.setup.plan_volume_creation(name).await;
    let plan = plan.map_err(|error| match error {
        VolumeError::Unreadable(errors) => observation_failed(errors),
        error @ VolumeError::NotSetUp(_) => error.into(),
    })?;
    print_plan(&plan, args.json)?;
    account.check_permissions(&plan).await?;
    apply(&account, name, &plan, args.json).await
}
