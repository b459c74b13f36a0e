//! `groundcrew volume delete`

use super::{apply, show};
use crate::{
    account::{Account, unread},
    args::AccountArgs,
};
use anyhow::{Result, bail};
use names::VolumeName;
use std::{io, process::ExitCode};

pub(crate) async fn run(name: &VolumeName, args: &AccountArgs, yes: bool) -> Result<ExitCode> {
    let account = Account::find(args).await?;
    account.announce();
    let plan = account
        .setup
        .plan_volume_deletion(name)
        .await
        .map_err(unread)?;
    if plan.steps.is_empty() && plan.forgotten.is_empty() {
        eprintln!("there is no volume {name}: nothing to delete");
        return Ok(ExitCode::SUCCESS);
    }
    show(&plan, args.json)?;
    if !yes {
        let folder = name.folder(&account.spec.bucket());
        eprintln!("all files in gs://{folder} go: write the volume's name to go on");
        let mut answer = String::new();
        io::stdin().read_line(&mut answer)?;
        if answer.trim() != name.as_str() {
            bail!(
                "nothing was deleted: {:?} is not {name} (or say --yes)",
                answer.trim()
            );
        }
    }
    apply(&account, name, &plan, args.json).await
}
