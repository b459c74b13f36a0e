//! `groundcrew local`: starts, inspects and stops the local cloud.

mod background;
mod environment;
mod welcome;

use crate::{
    args::StartArgs,
    job,
    local::{Local, Options, Registration},
    logging, out,
    target::Target,
};
use anyhow::{Context, Result, bail};
use deployment::Deployment;
use ledger::Record;
use names::Duration;
use rustix::process::{Pid, Signal, kill_process, setsid};
use serde_json::json;
use std::{
    collections::BTreeMap,
    ffi::OsString,
    net::TcpListener,
    os::unix::process::CommandExt,
    process::{Command, ExitCode},
};
use tokio::{
    net::TcpStream,
    signal::unix::{SignalKind, signal},
    task::spawn_blocking,
    time::{interval, sleep, timeout},
};

const DEFAULT_PORT: u16 = 8085;
/// Between renewals of the operator's token, which expires after an hour.
const TOKEN_RENEWAL: Duration = Duration::from_secs(600);
/// Time limit for draining: longer than a function may take for a delivery.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(40);
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// `groundcrew local`
pub(crate) async fn start(args: &StartArgs) -> Result<ExitCode> {
    // The process in the background is covered by the one that waits for it.
    let starting = match args.detached {
        true => None,
        false => Some(spawn_blocking(Registration::lock).await??),
    };
    if let Some(other) = running().await? {
        bail!(
            "a local cloud is already running at {} (process {}): use it, or stop it with `groundcrew local stop`",
            other.url,
            other.pid
        );
    }
    if args.detach {
        return background::start(args).await;
    }
    if args.detached {
        // Fails only if the process is a session leader already.
        let _ = setsid();
    }
    logging::functions(&Deployment::local(), "warn");
    let options = Options {
        port: args.port.or_else(default_port),
        state: args.state.clone(),
        record: args.cloud.record.clone(),
        audit: args.cloud.audit.clone(),
        deny: args.cloud.deny.clone(),
        agent: None,
    };
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let local = Local::start(&options, None, None).await?;
    let registration = Registration {
        pid: std::process::id(),
        url: local.url.clone(),
        home: local.deployment.home.clone(),
        operator: crate::local::install::OPERATOR.to_owned(),
        token_file: Registration::folder().join("operator.token"),
    };
    if let Err(error) = registration.write(&local) {
        local.stop().await;
        return Err(error);
    }
    drop(starting);
    welcome::print(&registration, local.resumed)?;
    let mut renew = interval(TOKEN_RENEWAL);
    loop {
        tokio::select! {
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            _ = renew.tick() => {
                if let Err(error) = registration.write_token(&local.operator_token()) {
                    out::note!("groundcrew: cannot renew the operator's token: {error:#}");
                }
            }
        }
    }
    out::note!("draining the local cloud; interrupt again to stop it at once");
    let stopped = tokio::select! {
        stopped = timeout(DRAIN_TIMEOUT, local.stop()) => stopped.is_ok(),
        _ = terminate.recv() => false,
        _ = interrupt.recv() => false,
    };
    registration.remove();
    if !stopped {
        bail!("the local cloud was stopped before it was drained");
    }
    Ok(ExitCode::SUCCESS)
}

/// The default port, if it is free.
fn default_port() -> Option<u16> {
    TcpListener::bind(("127.0.0.1", DEFAULT_PORT))
        .ok()
        .map(|_| DEFAULT_PORT)
}

/// The registration of a local cloud that accepts connections. Excludes another
/// process that has the ID of a crashed local cloud.
async fn running() -> Result<Option<Registration>> {
    let Some(found) = Registration::find()? else {
        return Ok(None);
    };
    let connection = timeout(Duration::from_secs(2), TcpStream::connect(found.address()));
    Ok(matches!(connection.await, Ok(Ok(_))).then_some(found))
}

/// `groundcrew local env`
pub(crate) async fn env() -> Result<ExitCode> {
    let exports = environment::exports(&environment().await?);
    out::bytes(exports.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// `groundcrew local exec`: becomes the command.
pub(crate) async fn exec(command: &[OsString]) -> Result<ExitCode> {
    let [program, arguments @ ..] = command else {
        bail!("no command");
    };
    let error = Command::new(program)
        .args(arguments)
        .envs(environment().await?)
        .exec();
    Err(error).with_context(|| format!("cannot run {}", program.display()))
}

/// What points tools at the local cloud that is running.
async fn environment() -> Result<environment::Variables> {
    let Some(found) = running().await? else {
        bail!("no local cloud is running: start one with `groundcrew local --detach`");
    };
    let gcloud_config = Registration::folder().join("gcloud");
    std::fs::create_dir_all(&gcloud_config)
        .with_context(|| format!("cannot create {}", gcloud_config.display()))?;
    Ok(environment::variables(&found, &gcloud_config))
}

/// `groundcrew local status`
pub(crate) async fn status(json: bool) -> Result<ExitCode> {
    let Some(found) = running().await? else {
        if json {
            out::json(&json!({ "running": false }))?;
        } else {
            out::note!("no local cloud is running: start one with `groundcrew local --detach`");
        }
        return Ok(ExitCode::FAILURE);
    };
    let target = Target::find(&crate::args::TargetArgs::default()).await?;
    let mut states: BTreeMap<String, usize> = BTreeMap::new();
    for entry in job::list::newest(&target.ledger(), Vec::new(), usize::MAX, |_| true).await? {
        *states.entry(entry.record.state().to_owned()).or_default() += 1;
    }
    let project = &target.deployment.settings.project;
    if json {
        out::json(&json!({
            "running": true, "url": found.url, "pid": found.pid, "operator": found.operator,
            "home_project": found.home, "jobs_project": project, "jobs": states,
        }))?;
    } else {
        let counts: Vec<String> = states
            .iter()
            .map(|(state, n)| format!("{n} {state}"))
            .collect();
        let jobs = if counts.is_empty() {
            "none".to_owned()
        } else {
            counts.join(", ")
        };
        let row = |name: &str, value: String| vec![name.to_owned(), value];
        let rows = [
            row(
                "local cloud:",
                format!("{} (process {})", found.url, found.pid),
            ),
            row("home project:", found.home.to_string()),
            row("jobs project:", project.to_string()),
            row("jobs:", jobs),
        ];
        out::text(&out::table(&rows))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// `groundcrew local stop`
pub(crate) async fn stop() -> Result<ExitCode> {
    let Some(found) = running().await? else {
        out::note!("no local cloud is running");
        return Ok(ExitCode::SUCCESS);
    };
    let pid = i32::try_from(found.pid).ok().and_then(Pid::from_raw);
    let pid = pid.with_context(|| format!("{} is not a process ID", found.pid))?;
    kill_process(pid, Signal::TERM)
        .with_context(|| format!("cannot stop process {}", found.pid))?;
    // It holds its port and its state until it has exited.
    let exited = timeout(DRAIN_TIMEOUT + Duration::from_secs(5), async {
        while Registration::find()?.as_ref() == Some(&found) || !has_exited(&found) {
            sleep(POLL_INTERVAL).await;
        }
        anyhow::Ok(())
    });
    match exited.await {
        Ok(exited) => exited?,
        Err(_) => bail!(
            "process {0} does not exit: stop it with `kill -9 {0}`",
            found.pid
        ),
    }
    out::note!("stopped the local cloud at {}", found.url);
    Ok(ExitCode::SUCCESS)
}

/// Whether the process has exited. On systems with /proc this includes zombies.
fn has_exited(cloud: &Registration) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", cloud.pid)).unwrap_or_default();
    let state = stat.rsplit_once(") ").map(|(_, rest)| rest);
    !cloud.is_alive() || state.is_some_and(|rest| rest.starts_with('Z'))
}
