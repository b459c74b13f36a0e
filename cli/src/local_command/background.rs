//! `groundcrew local --detach`: runs this program again in the background.

use super::welcome;
use crate::{args::StartArgs, local::Registration, out};
use anyhow::{Context, Result, bail};
use names::Duration;
use std::{
    ffi::OsString,
    fs,
    os::unix::fs::OpenOptionsExt,
    path::Path,
    process::{Child, Command, ExitCode, Stdio},
};
use tokio::time::{Instant, sleep};

/// Time limit for the local cloud to come up.
const START_TIMEOUT: Duration = Duration::from_secs(30);
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Starts the local cloud in the background and waits until it is up.
pub(super) async fn start(args: &StartArgs) -> Result<ExitCode> {
    let log = Registration::folder().join("local.log");
    let mut child = spawn(args, &log)?;
    let deadline = Instant::now() + START_TIMEOUT;
    loop {
        if let Some(found) = Registration::find()?.filter(|found| found.pid == child.id()) {
            welcome::print(&found, false)?;
            out::note!(
                "running in the background as process {}, logging to {}",
                found.pid,
                log.display()
            );
            return Ok(ExitCode::SUCCESS);
        }
        if child.try_wait()?.is_some() {
            bail!("the local cloud did not start: {}", log_tail(&log));
        }
        if Instant::now() > deadline {
            // Fails if the process has exited in the meantime.
            let _ = child.kill();
            let _ = child.wait();
            bail!(
                "the local cloud did not start within {} s: {}",
                START_TIMEOUT.as_secs(),
                log_tail(&log)
            );
        }
        sleep(POLL_INTERVAL).await;
    }
}

fn spawn(args: &StartArgs, log: &Path) -> Result<Child> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let file = options
        .open(log)
        .with_context(|| format!("cannot write {}", log.display()))?;
    let program = std::env::current_exe().context("cannot find the path of this program")?;
    Command::new(&program)
        .args(arguments(args))
        .stdin(Stdio::null())
        .stdout(file.try_clone()?)
        .stderr(file)
        .spawn()
        .with_context(|| format!("cannot start {}", program.display()))
}

/// The arguments of the background process.
fn arguments(args: &StartArgs) -> Vec<OsString> {
    let mut words: Vec<OsString> = vec!["local".into(), "--detached".into()];
    if args.empty {
        words.push("--empty".into());
    }
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

/// The last lines of the log, on one line.
fn log_tail(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().rev().take(3).collect();
    let words: Vec<&str> = lines
        .into_iter()
        .rev()
        .map(|l| l.trim_start_matches("groundcrew: "))
        .collect();
    if words.is_empty() {
        format!("{} is empty", log.display())
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
    fn the_background_process_gets_the_same_options() {
        let args = StartArgs {
            detach: true,
            state: Some("a b".into()),
            port: Some(0),
            empty: true,
            cloud: CloudArgs {
                record: Some("r".into()),
                audit: Some("a".into()),
                deny: vec!["sweep:x.y.z".to_owned(), "sweep:x.y.w".to_owned()],
            },
            detached: false,
        };
        let words = std::iter::once(OsString::from("groundcrew")).chain(arguments(&args));
        let Commands::Local(parsed) = Arguments::parse_from(words).command else {
            panic!("another command");
        };
        let expected = StartArgs {
            detach: false,
            detached: true,
            ..args
        };
        assert_eq!(format!("{:?}", parsed.start), format!("{expected:?}"));
    }
}
