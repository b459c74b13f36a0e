//! A machine's first process, the parent of its agent.
//!
//! It adopts every process of the machine that loses its own parent, as init does,
//! so that all of them are found among its descendants: daemons, too, and those of
//! an agent that was killed.

use super::processes;
use rustix::{
    io::Errno,
    process::{Pid, Signal, WaitOptions, kill_process, waitpid},
};
use std::{
    ffi::OsString,
    io,
    os::fd::AsFd,
    process::{ExitCode, Stdio},
    time::Duration,
};
use tokio::{
    io::AsyncReadExt,
    net::unix::pipe,
    process::{Child, Command},
    signal::unix::{SignalKind, signal},
    time::{sleep, timeout},
};

const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// Time limit for killed processes to end. One that waits for a device is left.
const KILL_TIMEOUT: Duration = Duration::from_secs(10);

/// Runs `command`, the machine's agent, until it ends, and then kills all other
/// processes of the machine. It ends as well when standard input is closed: the
/// local cloud holds its other end, which closes however the local cloud ends.
/// SIGTERM is passed on to the agent.
///
/// Returns the agent's exit code, or a failure if it was killed. Without
/// subreapers (outside Linux) only the agent is killed.
///
/// # Errors
/// The agent cannot be started, or standard input is no pipe.
pub async fn init(command: &[OsString]) -> io::Result<ExitCode> {
    let [program, arguments @ ..] = command else {
        return Err(io::Error::other("the command of the machine is empty"));
    };
    #[cfg(target_os = "linux")]
    rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?;
    let mut terminate = signal(SignalKind::terminate())?;
    let stdin = io::stdin().as_fd().try_clone_to_owned()?;
    let mut cloud = pipe::Receiver::from_owned_fd(stdin)?;
    let mut agent = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .spawn()?;
    let pid = pid_of(&agent)?;
    let status = loop {
        tokio::select! {
            status = agent.wait() => break Some(status?),
            _ = cloud.read_u8() => break None,
            _ = terminate.recv() => {
                // It may be exiting.
                let _ = kill_process(pid, Signal::TERM);
            }
        }
    };
    if status.is_none() {
        agent.start_kill()?;
    }
    if timeout(KILL_TIMEOUT, end_descendants()).await.is_err() {
        tracing::warn!("processes of the machine do not end");
    }
    let code = status.and_then(|status| u8::try_from(status.code()?).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

/// The process ID of a child that was not waited for.
pub(super) fn pid_of(child: &Child) -> io::Result<Pid> {
    let id = child.id().and_then(|id| i32::try_from(id).ok());
    id.and_then(Pid::from_raw)
        .ok_or_else(|| io::Error::other("the child has no process id"))
}

/// Kills all descendants of this process and reaps them.
async fn end_descendants() {
    loop {
        processes::kill_descendants();
        loop {
            match waitpid(None, WaitOptions::NOHANG) {
                Ok(Some(_)) | Err(Errno::INTR) => {}
                Ok(None) => break,
                // No child is left.
                Err(_) => return,
            }
        }
        sleep(POLL_INTERVAL).await;
    }
}
