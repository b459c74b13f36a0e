//! `groundcrew dead-letter drop`

use super::queue::{Queue, note_none};
use crate::{
    args::{ChosenLetters, TargetArgs},
    out, prompt,
    target::Target,
};
use anyhow::Result;
use std::process::ExitCode;

pub(crate) async fn run(
    chosen: &ChosenLetters,
    yes: bool,
    target: &TargetArgs,
) -> Result<ExitCode> {
    let target = Target::find(target).await?;
    target.announce();
    let queue = Queue::of(&target)?;
    let letters = queue.pull_chosen(chosen).await?;
    let count = letters.len();
    if count == 0 {
        note_none();
        return Ok(ExitCode::SUCCESS);
    }
    if chosen.all && !yes {
        let warning = format!("this removes {count} dead letters for good");
        if let Err(error) = prompt::confirm_deletion(&warning, &count.to_string()) {
            queue.release(&letters).await?;
            return Err(error);
        }
    }
    queue.remove(&letters).await?;
    out::line(&format!("{count} removed"))?;
    Ok(ExitCode::SUCCESS)
}
