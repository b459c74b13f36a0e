//! `groundcrew local`: starts, inspects and stops the local cloud.

pub(crate) mod apis;
mod background;
mod environment;
mod registered;
mod welcome;

pub(crate) use environment::{Access, Variables, variables};
pub(crate) use registered::RegisteredCloud;

use crate::{
    args::StartArgs,
    job,
    local::{Options, Registration},
    logging, out,
    target::Target,
};
use anyhow::{Context, Result, bail};
use deployment::Deployment;
use ledger::Record;
use names::Duration;
use registered::DRAIN_TIMEOUT;
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
    time::{sleep, timeout},
};

const DEFAULT_PORT: u16 = 8085;
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
        demo: !args.empty,
    };
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let cloud = RegisteredCloud::start(&options).await?;
    drop(starting);
    welcome::print(cloud.registration(), cloud.is_resumed())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        () = cloud.renew_token() => {}
    }
    out::note!("draining the local cloud; interrupt again to stop it at once");
    let interrupted = async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    cloud.stop(interrupted).await?;
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
pub(crate) async fn running() -> Result<Option<Registration>> {
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
async fn environment() -> Result<Variables> {
    let Some(found) = running().await? else {
        bail!("no local cloud is running: start one with `groundcrew local --detach`");
    };
    let gcloud_config = Registration::folder().join("gcloud");
    std::fs::create_dir_all(&gcloud_config)
        .with_context(|| format!("cannot create {}", gcloud_config.display()))?;
    Ok(variables(&Access {
        url: found.url.clone(),
        project: found.home.clone(),
        ca: found.ca_file(),
        token: found.token_file.clone(),
        credentials: found.credentials_file(),
        boto: found.boto_file(),
        gcloud_config,
    }))
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
