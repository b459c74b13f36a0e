//! `groundcrew local`: starts the local cloud, finds it, ends it.

mod background;
mod environment;

use crate::{
    args::StartArgs,
    deployment::{Deployment, install},
    job,
    local::{Local, Options, Registration},
    logging, out,
    target::Target,
};
use anyhow::{Context, Result, bail};
use ledger::Record;
use names::Duration;
use rustix::process::{Pid, Signal, kill_process, setsid};
use serde_json::json;
use std::{collections::BTreeMap, net::TcpListener, process::ExitCode};
use tokio::{
    net::TcpStream,
    signal::unix::{SignalKind, signal},
    time::{interval, sleep, timeout},
};

const USUAL_PORT: u16 = 8085;
/// A token is good for an hour.
const NEW_TOKEN: Duration = Duration::from_secs(600);
/// How long jobs may take to drain: longer than a function has for a delivery.
const DRAIN: Duration = Duration::from_secs(40);
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// `groundcrew local`
pub(crate) async fn start(args: &StartArgs) -> Result<ExitCode> {
    if let Some(other) = running().await? {
        bail!(
            "a local cloud runs already at {} (process {}): use it, or end it with `groundcrew local stop`",
            other.url,
            other.pid
        );
    }
    if args.detach {
        return background::start(args).await;
    }
    if args.detached {
        // Fails only for a process that has left its terminal already.
        let _ = setsid();
    }
    logging::functions(&Deployment::local(), "warn");
    let options = Options {
        port: args.port.or_else(usual_port),
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
        operator: install::OPERATOR.to_owned(),
        token_file: Registration::folder().join("operator.token"),
    };
    let left = registration.leave(&local.operator_token());
    if let Err(error) = left {
        local.stop().await;
        return Err(error);
    }
    welcome(&registration, local.resumed)?;
    let mut renew = interval(NEW_TOKEN);
    loop {
        tokio::select! {
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            _ = renew.tick() => {
                if let Err(error) = registration.leave(&local.operator_token()) {
                    eprintln!("groundcrew: the operator's token is not renewed: {error:#}");
                }
            }
        }
    }
    eprintln!("the local cloud finishes what it has; once more ends it at once");
    let stopped = tokio::select! {
        stopped = timeout(DRAIN, local.stop()) => stopped.is_ok(),
        _ = terminate.recv() => false,
        _ = interrupt.recv() => false,
    };
    registration.withdraw();
    if !stopped {
        bail!("the local cloud was ended before it had finished");
    }
    Ok(ExitCode::SUCCESS)
}

/// 8085 if it is free.
fn usual_port() -> Option<u16> {
    TcpListener::bind(("127.0.0.1", USUAL_PORT))
        .ok()
        .map(|_| USUAL_PORT)
}

fn welcome(registration: &Registration, resumed: bool) -> Result<()> {
    let again = if resumed { ", as it was left" } else { "" };
    out::line(&format!(
        "local cloud at {}{again}\n\
         \x20 groundcrew job submit -- echo hello   runs a job\n\
         \x20 eval \"$(groundcrew local env)\"        points gcloud and client libraries at it\n\
         \x20 groundcrew local stop                 ends it",
        registration.url
    ))?;
    Ok(())
}

/// The registration of a local cloud that answers. A process that merely got
/// the number of one that crashed does not.
async fn running() -> Result<Option<Registration>> {
    let Some(found) = Registration::find()? else {
        return Ok(None);
    };
    let answers = timeout(Duration::from_secs(2), TcpStream::connect(host(&found.url))).await;
    Ok(matches!(answers, Ok(Ok(_))).then_some(found))
}

/// `host:port` of a URL of ours.
fn host(url: &str) -> &str {
    url.strip_prefix("http://").unwrap_or(url)
}

/// `groundcrew local env`
pub(crate) async fn env() -> Result<ExitCode> {
    let Some(found) = running().await? else {
        bail!("no local cloud runs: start one with `groundcrew local --detach`");
    };
    let scratch = Registration::folder().join("gcloud");
    std::fs::create_dir_all(&scratch)
        .with_context(|| format!("cannot make {}", scratch.display()))?;
    out::bytes(environment::lines(&found, &scratch).as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// `groundcrew local status`
pub(crate) async fn status(json: bool) -> Result<ExitCode> {
    let Some(found) = running().await? else {
        if json {
            out::json(&json!({ "running": false }))?;
        } else {
            eprintln!("no local cloud runs: start one with `groundcrew local --detach`");
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
            row("groundcrew in:", found.home.to_string()),
            row("jobs run in:", project.to_string()),
            row("jobs:", jobs),
        ];
        out::bytes(out::table(&rows).as_bytes())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// `groundcrew local stop`
pub(crate) async fn stop() -> Result<ExitCode> {
    let Some(found) = running().await? else {
        eprintln!("no local cloud runs");
        return Ok(ExitCode::SUCCESS);
    };
    let pid = i32::try_from(found.pid).ok().and_then(Pid::from_raw);
    let pid = pid.with_context(|| format!("{} is no process", found.pid))?;
    kill_process(pid, Signal::TERM).with_context(|| format!("cannot end process {}", found.pid))?;
    // Until it has ended, it holds its port and its state.
    let gone = timeout(DRAIN + Duration::from_secs(5), async {
        while Registration::find()?.as_ref() == Some(&found) || !has_ended(&found) {
            sleep(LOOK_AGAIN).await;
        }
        anyhow::Ok(())
    });
    match gone.await {
        Ok(gone) => gone?,
        Err(_) => bail!("process {0} does not end: kill -9 {0}", found.pid),
    }
    eprintln!("the local cloud at {} has ended", found.url);
    Ok(ExitCode::SUCCESS)
}

/// Whether the process is gone; one that nobody has waited for yet is, too
/// (where there is a /proc to tell).
fn has_ended(cloud: &Registration) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", cloud.pid)).unwrap_or_default();
    let state = stat.rsplit_once(") ").map(|(_, rest)| rest);
    !cloud.is_alive() || state.is_some_and(|rest| rest.starts_with('Z'))
}
