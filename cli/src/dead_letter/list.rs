//! `groundcrew dead-letter list`

use super::{
    letter::DeadLetter,
    queue::{Queue, note_none},
};
use crate::{args::TargetArgs, out, shell, target::Target};
use anyhow::Result;
use std::process::ExitCode;

pub(crate) async fn run(limit: u32, json: bool, target: &TargetArgs) -> Result<ExitCode> {
    let queue = Queue::of(&Target::find(target).await?)?;
    let limit = usize::try_from(limit)?;
    let pulled = queue.pull(|found| found.len() > limit).await?;
    queue.release(&pulled.letters).await?;
    let letters: Vec<DeadLetter> = pulled
        .letters
        .iter()
        .take(limit)
        .map(DeadLetter::of)
        .collect();
    if pulled.is_cut {
        out::note!("there are more than {limit} dead letters: list them with --limit");
    }
    if json {
        out::json(&letters)?;
        return Ok(ExitCode::SUCCESS);
    }
    if letters.is_empty() {
        note_none();
        return Ok(ExitCode::SUCCESS);
    }
    let header = ["ID", "AT", "FUNCTION", "CAUSE", "REASON"]
        .map(str::to_owned)
        .to_vec();
    let rows = letters.into_iter().map(|letter| {
        let at = letter.at.map(|at| at.to_string());
        let function = letter.function.or(letter.subscription);
        vec![
            letter.id,
            at.unwrap_or_default(),
            function.unwrap_or_default(),
            letter.cause,
            shell::truncate(&letter.reason, 200),
        ]
    });
    let rows: Vec<Vec<String>> = std::iter::once(header).chain(rows).collect();
    out::text(&out::table(&rows))?;
    Ok(ExitCode::SUCCESS)
}
