//! `groundcrew dead-letter replay`

use super::{
    letter::original,
    queue::{Queue, note_none},
};
use crate::{
    args::{ChosenLetters, TargetArgs},
    out,
    target::Target,
};
use anyhow::Result;
use names::TopicName;
use std::{process::ExitCode, slice};

pub(crate) async fn run(
    chosen: &ChosenLetters,
    topic: Option<&TopicName>,
    target: &TargetArgs,
) -> Result<ExitCode> {
    let target = Target::find(target).await?;
    target.announce();
    let queue = Queue::of(&target)?;
    let letters = queue.pull_chosen(chosen).await?;
    if letters.is_empty() {
        note_none();
    }
    let (mut kept, mut failure) = (Vec::new(), None);
    for letter in letters {
        let id = &letter.id;
        match original(&letter, &target.deployment, topic) {
            Ok(_) if failure.is_some() => kept.push(letter),
            Ok((topic, message)) => match target.publish(&topic, message).await {
                Ok(()) => {
                    queue.remove(slice::from_ref(&letter)).await?;
                    out::line(&format!("{id} was published again on {topic}"))?;
                }
                Err(error) => {
                    kept.push(letter);
                    failure = Some(error);
                }
            },
            Err(reason) => {
                out::note!("{id} was kept: {reason}");
                kept.push(letter);
            }
        }
    }
    queue.release(&kept).await?;
    match failure {
        Some(error) => Err(error.context(format!("{} dead letters were kept", kept.len()))),
        None if kept.is_empty() => Ok(ExitCode::SUCCESS),
        None => Ok(ExitCode::FAILURE),
    }
}
