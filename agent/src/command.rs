//! The job's command: a process group of its own, with one pipe for both output
//! streams.

use crate::{
    decide::{CommandExit, Signal},
    orphans,
};
use rustix::process::{self, Pid, WaitOptions};
use std::{
    collections::BTreeMap,
    io,
    os::{fd::OwnedFd, unix::process::ExitStatusExt},
    process::{ExitStatus, Stdio},
    time::Duration,
};
use tokio::{
    net::unix::pipe,
    process::{Child, Command as Process},
};

/// Interval of the check whether the children of a stopped command have ended.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// Interval in which ended orphans of a running command are reaped.
const REAP_INTERVAL: Duration = Duration::from_secs(1);

/// A running command.
pub(crate) struct Command {
    child: Child,
    group: Pid,
    signalled: Option<Signal>,
    status: Option<ExitStatus>,
}

impl Command {
    /// Starts `argv` with exactly the environment `env`. The pipe receives standard
    /// output and standard error in the order written.
    pub(crate) fn start(
        argv: &[String],
        env: &BTreeMap<String, String>,
    ) -> io::Result<(Self, pipe::Receiver)> {
        let [program, arguments @ ..] = argv else {
            return Err(io::Error::other("the command is empty"));
        };
        orphans::adopt();
        let (output, stdout) = io::pipe()?;
        let stderr = stdout.try_clone()?;
        // The `Process` holds the pipe's other end until it is dropped.
        let child = Process::new(program)
            .args(arguments)
            .env_clear()
            .envs(env)
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(stderr)
            .process_group(0)
            .spawn()
            .map_err(|e| io::Error::new(e.kind(), format!("{program}: {e}")))?;
        let group = child
            .id()
            .and_then(|id| Pid::from_raw(i32::try_from(id).ok()?))
            .ok_or_else(|| io::Error::other("the command has no process id"))?;
        allow_oom_kill(group);
        let command = Self {
            child,
            group,
            signalled: None,
            status: None,
        };
        Ok((
            command,
            pipe::Receiver::from_owned_fd(OwnedFd::from(output))?,
        ))
    }

    /// Signals the command's process group.
    pub(crate) fn signal(&mut self, signal: Signal) {
        self.signalled = Some(signal);
        let number = match signal {
            Signal::Terminate => process::Signal::TERM,
            Signal::Kill => process::Signal::KILL,
        };
        if let Err(e) = process::kill_process_group(self.group, number) {
            tracing::debug!(error = %e, "no process left to signal");
        }
    }

    /// Waits until the command has ended. After SIGTERM this includes its
    /// children: a shell exits at once while the program that it started still
    /// writes its checkpoint. Otherwise remaining processes of the group are
    /// killed. Cancel safe.
    pub(crate) async fn wait(&mut self) -> io::Result<CommandExit> {
        let status = match self.status {
            Some(status) => status,
            None => {
                let status = self.child_exit().await?;
                *self.status.insert(status)
            }
        };
        while self.signalled == Some(Signal::Terminate) && self.group_is_alive() {
            tokio::time::sleep(POLL_INTERVAL).await;
        }
        if self.group_is_alive() {
            self.signal(Signal::Kill);
        }
        Ok(match (status.code(), status.signal()) {
            (Some(code), _) => CommandExit::Code(code),
            (None, signal) => CommandExit::Signal(signal.unwrap_or_default()),
        })
    }

    /// Waits until the command's first process has ended. Cancel safe.
    async fn child_exit(&mut self) -> io::Result<ExitStatus> {
        loop {
            match tokio::time::timeout(REAP_INTERVAL, self.child.wait()).await {
                Ok(status) => return status,
                Err(_) => orphans::reap(self.group),
            }
        }
    }

    /// Whether any process of the group is alive; reaps zombies. Only called after
    /// the leader's status was read, since it would reap the leader as well.
    fn group_is_alive(&self) -> bool {
        while let Ok(Some(_)) = process::waitpgid(self.group, WaitOptions::NOHANG) {}
        process::test_kill_process_group(self.group).is_ok()
    }
}

/// Lets the kernel choose the command, not the agent, when memory runs out: it
/// inherited the agent's protection.
fn allow_oom_kill(command: Pid) {
    let path = format!("/proc/{}/oom_score_adj", command.as_raw_nonzero());
    if let Err(e) = std::fs::write(path, "0") {
        tracing::debug!(error = %e, "the command keeps the agent's OOM score");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};

    fn sh(script: &str) -> (Command, pipe::Receiver) {
        let argv = ["sh", "-c", script].map(String::from);
        let env = BTreeMap::from([("PATH".to_owned(), "/usr/bin:/bin".to_owned())]);
        Command::start(&argv, &env).expect("sh starts")
    }

    async fn rest(mut output: impl tokio::io::AsyncRead + Unpin) -> String {
        let mut text = String::new();
        output.read_to_string(&mut text).await.expect("UTF-8");
        text
    }

    #[tokio::test]
    async fn exit_codes_and_signals_are_distinguished() {
        for (script, exit) in [
            ("exit 0", CommandExit::Code(0)),
            ("exit 3", CommandExit::Code(3)),
            ("kill -9 $$", CommandExit::Signal(9)),
            ("kill -15 $$", CommandExit::Signal(15)),
        ] {
            assert_eq!(sh(script).0.wait().await.expect("ends"), exit, "{script}");
        }
    }

    #[tokio::test]
    async fn output_keeps_the_order_of_both_streams() {
        let (mut command, output) = sh("echo 1; echo 2 >&2; echo 3; echo 4 >&2");
        assert_eq!(rest(output).await, "1\n2\n3\n4\n");
        assert_eq!(command.wait().await.expect("ends"), CommandExit::Code(0));
    }

    #[tokio::test]
    async fn the_environment_is_the_given_one_and_the_group_its_own() {
        let (mut command, output) = sh("env; echo PGID=$(ps -o pgid= -p $$) PID=$$");
        let text = rest(output).await;
        command.wait().await.expect("ends");
        assert!(!text.contains("CARGO"), "{text}");
        let id = command.group.as_raw_nonzero();
        assert!(text.contains(&format!("PID={id}")), "{text}");
        let own = process::getpgrp().as_raw_nonzero();
        assert_ne!(id, own, "a signal to the group would hit the agent");
    }

    #[tokio::test]
    async fn sigterm_reaches_a_grandchild_and_its_last_output_is_awaited() {
        // The outer shell dies of SIGTERM at once; the inner one takes its time.
        let inner = r#"trap "sleep 0.2; echo saved; exit 0" TERM; echo ready; while :; do sleep 0.05; done"#;
        let (mut command, output) = sh(&format!("sh -c '{inner}'; true"));
        let mut lines = BufReader::new(output).lines();
        assert_eq!(
            lines.next_line().await.expect("reads").as_deref(),
            Some("ready")
        );
        command.signal(Signal::Terminate);
        assert_eq!(command.wait().await.expect("ends"), CommandExit::Signal(15));
        // A shell may say before that its `sleep` was terminated.
        let words = rest(lines.into_inner()).await;
        assert!(words.ends_with("saved\n"), "{words}");
        assert!(!command.group_is_alive());
    }

    #[tokio::test]
    async fn remaining_processes_of_a_command_are_killed() {
        let (mut command, output) = sh("sleep 1000 & exit 4");
        assert_eq!(command.wait().await.expect("ends"), CommandExit::Code(4));
        // The pipe closes only when the sleeper, which holds it, is gone.
        assert_eq!(rest(output).await, "");
    }

    #[tokio::test]
    async fn orphans_in_sessions_of_their_own_are_reaped_while_the_command_runs() {
        let script = "for i in 1 2 3; do (setsid sh -c 'echo $$' &); done; exec sleep 1000";
        let (mut command, output) = sh(script);
        let mut lines = BufReader::new(output).lines();
        let mut orphans = Vec::new();
        for _ in 0..3 {
            let line = lines.next_line().await.expect("reads");
            orphans.push(line.expect("an orphan's process ID"));
        }
        let remaining = || {
            let exists = |pid: &&String| std::path::Path::new("/proc").join(pid).exists();
            orphans.iter().filter(exists).count()
        };
        for _ in 0..100 {
            let ended = tokio::time::timeout(POLL_INTERVAL * 5, command.wait()).await;
            assert!(ended.is_err(), "the command runs on");
            if remaining() == 0 {
                break;
            }
        }
        assert_eq!(remaining(), 0, "{orphans:?}");
        command.signal(Signal::Kill);
        assert_eq!(command.wait().await.expect("ends"), CommandExit::Signal(9));
    }

    #[tokio::test]
    async fn a_command_that_ignores_sigterm_ends_by_sigkill() {
        let (mut command, output) = sh("trap '' TERM; echo ready; while :; do sleep 0.05; done");
        let mut lines = BufReader::new(output).lines();
        assert_eq!(
            lines.next_line().await.expect("reads").as_deref(),
            Some("ready")
        );
        command.signal(Signal::Terminate);
        command.signal(Signal::Kill);
        assert_eq!(command.wait().await.expect("ends"), CommandExit::Signal(9));
    }

    #[tokio::test]
    async fn a_command_that_cannot_start_is_named_in_the_error() {
        let fault = |argv: &[&str]| {
            let argv: Vec<String> = argv.iter().map(ToString::to_string).collect();
            let Err(e) = Command::start(&argv, &BTreeMap::new()) else {
                panic!("{argv:?} started");
            };
            e.to_string()
        };
        assert!(fault(&["/no/such/program"]).contains("/no/such/program"));
        assert!(fault(&[]).contains("empty"));
    }
}
