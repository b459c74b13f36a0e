//! `groundcrew local --detach`: the same program again, without a terminal.

use super::{LOOK_AGAIN, welcome};
use crate::{args::StartArgs, local::Registration};
use anyhow::{Context, Result, bail};
use names::Duration;
use std::{
    ffi::OsString,
    fs,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
    process::{Child, Command, ExitCode, Stdio},
};
use tokio::time::{Instant, sleep};

const START: Duration = Duration::from_secs(30);

/// Starts the local cloud in the background, and waits until it is up.
pub(super) async fn start(args: &StartArgs) -> Result<ExitCode> {
    let folder = Registration::folder();
    fs::create_dir_all(&folder)
        .and_then(|()| fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)))
        .with_context(|| format!("cannot make {}", folder.display()))?;
    let log = folder.join("local.log");
    let mut child = spawn(args, &log)?;
    let deadline = Instant::now() + START;
    loop {
        if let Some(found) = Registration::find()?.filter(|found| found.pid == child.id()) {
            welcome(&found, false)?;
            eprintln!(
                "in the background, as process {}; it logs to {}",
                found.pid,
                log.display()
            );
            return Ok(ExitCode::SUCCESS);
        }
        if child.try_wait()?.is_some() {
            bail!("the local cloud did not start: {}", last_words(&log));
        }
        if Instant::now() > deadline {
            // Nothing else ends it; it may have ended by now.
            let _ = child.kill();
            let _ = child.wait();
            bail!(
                "the local cloud was not up after {} s: {}",
                START.as_secs(),
                last_words(&log)
            );
        }
        sleep(LOOK_AGAIN).await;
    }
}

fn spawn(args: &StartArgs, log: &Path) -> Result<Child> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let file = options
        .open(log)
        .with_context(|| format!("cannot write {}", log.display()))?;
    let program = std::env::current_exe().context("cannot tell which program this is")?;
    Command::new(&program)
        .args(arguments(args))
        .stdin(Stdio::null())
        .stdout(file.try_clone()?)
        .stderr(file)
        .spawn()
        .with_context(|| format!("cannot start {}", program.display()))
}

/// What the process in the background is told.
fn arguments(args: &StartArgs) -> Vec<OsString> {
    let mut words: Vec<OsString> = vec!["local".into(), "--detached".into()];
    let mut option = |name: &str, value: OsString| words.extend([name.into(), value]);
    if let Some(port) = args.port {
        option("--port", port.to_string().into());
    }
    let files = [
        ("--state", &args.state),
        ("--record", &args.cloud.record),
        ("--audit", &args.cloud.audit),
    ];
    for (name, path) in files {
        if let Some(path) = path {
            option(name, path.into());
        }
    }
    for rule in &args.cloud.deny {
        option("--deny", rule.into());
    }
    words
}

/// The end of the log, on one line.
fn last_words(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().rev().take(3).collect();
    let words: Vec<&str> = lines
        .into_iter()
        .rev()
        .map(|l| l.trim_start_matches("groundcrew: "))
        .collect();
    if words.is_empty() {
        format!("it said nothing in {}", log.display())
    } else {
        words.join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Arguments, CloudArgs, Command as Commands};
    use clap::Parser;

    #[test]
    fn the_process_in_the_background_is_told_the_same() {
        let args = StartArgs {
            detach: true,
            state: Some("a b".into()),
            port: Some(0),
            cloud: CloudArgs {
                record: Some("r".into()),
                audit: Some("a".into()),
                deny: vec!["sweep:x.y.z".to_owned(), "sweep:x.y.w".to_owned()],
            },
            detached: false,
        };
        let words = std::iter::once(OsString::from("groundcrew")).chain(arguments(&args));
        let Commands::Local(told) = Arguments::parse_from(words).command else {
            panic!("another command");
        };
        let expected = StartArgs {
            detach: false,
            detached: true,
            ..args
        };
        assert_eq!(format!("{:?}", told.start), format!("{expected:?}"));
    }
}
