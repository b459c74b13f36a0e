//! The command of a recording as a process.

use super::identity::Identity;
use crate::{local::Registration, out};
use anyhow::{Context, Result, bail};
use names::Duration;
use rustix::process::{Pid, Signal, kill_process};
use std::{
    ffi::OsString,
    os::unix::process::ExitStatusExt,
    process::{ExitStatus, Stdio},
};
use tokio::{
    process::{Child, Command},
    signal::unix::{SignalKind, signal},
    time::interval,
};

/// Between renewals of the identity's access token, which expires after an hour.
const TOKEN_RENEWAL: Duration = Duration::from_secs(600);

/// Runs a command as `identity`, and returns its exit code.
pub(super) async fn run(
    command: &[OsString],
    identity: &Identity,
    cloud: &Registration,
) -> Result<u8> {
    let [program, arguments @ ..] = command else {
        bail!("no command");
    };
    let mut terminate = signal(SignalKind::terminate())?;
    let mut child = Command::new(program)
        .args(arguments)
        .envs(identity.environment(cloud)?)
        // Standard output is for the role.
        .stdout(Stdio::from(std::io::stderr()))
        .spawn()
        .with_context(|| format!("cannot run {}", program.display()))?;
    let mut renewal = interval(TOKEN_RENEWAL);
    renewal.tick().await;
    loop {
        tokio::select! {
            status = child.wait() => return Ok(code(status?)),
            // A terminal sends an interrupt to the command itself.
            _ = terminate.recv() => end(&child),
            _ = renewal.tick() => {
                if let Err(error) = identity.renew_token().await {
                    out::note!("groundcrew: cannot renew the access token: {error:#}");
                }
            }
        }
    }
}

fn end(child: &Child) {
    let pid = child.id().and_then(|id| i32::try_from(id).ok());
    if let Some(pid) = pid.and_then(Pid::from_raw) {
        // It may have ended already.
        let _ = kill_process(pid, Signal::TERM);
    }
}

/// Whether somebody ended the command: then it is not run again.
pub(super) fn is_interrupted(exit_code: u8) -> bool {
    let signals = [Signal::INT, Signal::TERM].map(|signal| 128 + signal.as_raw());
    signals.contains(&i32::from(exit_code))
}

/// The exit code, as a shell has it: 128 and the signal that ended the command.
fn code(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| Some(128 + status.signal()?));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(255)
}
