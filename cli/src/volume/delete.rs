//! `groundcrew volume delete`

use super::{apply, print_plan};
use crate::{
    account::Account, args::AccountArgs, out, plan_view::observation_failed,
    prompt::confirm_deletion,
};
use anyhow::Result;
use names::VolumeName;
use std::process::ExitCode;

pub(crate) async fn run(name: &VolumeName, args: &AccountArgs, yes: bool) -> Result<ExitCode> {
    let account = Account::find(args).await?;
    account.announce();
    let plan = account
        .setup
        .plan_volume_deletion(name)
        .await
        .map_err(observation_failed)?;
    if plan.steps.is_empty() && plan.forgotten.is_empty() {
        out::note!("volume {name} not found: nothing to delete");
        return Ok(ExitCode::SUCCESS);
    }
    print_plan(&plan, args.json)?;
    account.setup.check_unused(Some(name)).await?;
    if !yes {
        let folder = name.folder(&account.spec.bucket());
        let warning = format!("all files in gs://{folder} will be deleted");
        confirm_deletion(&warning, name.as_str())?;
    }
    apply(&account, name, &plan, args.json).await
}
