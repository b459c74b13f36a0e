//! `groundcrew dead-letter show`

use super::{letter::DeadLetter, queue::Queue};
use crate::{
    args::{ChosenLetters, TargetArgs},
    out, shell,
    target::Target,
};
use anyhow::Result;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;
use std::process::ExitCode;

pub(crate) async fn run(id: String, json: bool, target: &TargetArgs) -> Result<ExitCode> {
    let queue = Queue::of(&Target::find(target).await?)?;
    let chosen = ChosenLetters {
        ids: vec![id],
        all: false,
    };
    let found = queue.pull_chosen(&chosen).await?;
    queue.release(&found).await?;
    for received in &found {
        let (letter, message) = (DeadLetter::of(received), &received.message);
        if json {
            out::json(&json!({
                "letter": letter,
                "attributes": message.attributes,
                "data": STANDARD.encode(&message.data),
            }))?;
            continue;
        }
        let attributes = message.attributes.iter();
        let rows: Vec<Vec<String>> = attributes
            .map(|(name, value)| vec![name.clone(), shell::quote(value)])
            .collect();
        out::line(&format!("{}: {}", letter.cause, letter.reason))?;
        out::text(&out::table(&rows))?;
        match std::str::from_utf8(&message.data) {
            Ok(text) => out::line(&format!("\n{text}"))?,
            Err(_) => out::line(&format!(
                "\n{} bytes that are not text; --json has them in base64",
                message.data.len()
            ))?,
        }
    }
    Ok(ExitCode::SUCCESS)
}
