//! The local cloud: the simulator and groundcrew's functions in one process,
//! each function with its own identity, jobs as real processes.

mod functions;
mod registration;

pub use registration::Registration;

use crate::deployment::{Deployment, Identity, install, project};
use anyhow::{Context, Result, bail};
use gcp::{Client, Endpoints, ReqwestTransport, credentials::StaticToken};
use names::{Clock, Duration};
use runtime::SystemClock;
use serde_json::Value;
use simulator::{
    Cloud, Command, Host, Journal, Observer,
    iam::Principal,
    server::{self, Server, machines::MachineSettings},
};
use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf, sync::Arc};
use tokio::{sync::mpsc, task::JoinSet};

/// How the local cloud is started.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The port of all APIs; any free one if nothing is said.
    pub port: Option<u16>,
    /// Where the cloud is kept; in memory only if nothing is said.
    pub state: Option<PathBuf>,
    /// Where each exchange is written.
    pub record: Option<PathBuf>,
    /// Where each call is written with the permissions it asked.
    pub audit: Option<PathBuf>,
    /// Permissions to take from identities, `IDENTITY:PERMISSION`.
    pub deny: Vec<String>,
    /// The program that a machine runs; this one, as `agent`, if nothing is said.
    pub agent: Option<PathBuf>,
}

/// How often Cloud Scheduler ticks here; on Google once a minute.
const TICK: Duration = Duration::from_secs(2);

/// A running local cloud.
pub struct Local {
    /// The cloud.
    pub host: Arc<Host>,
    /// The deployment in it.
    pub deployment: Deployment,
    /// The base URL of all its APIs.
    pub url: String,
    /// Whether its state was there before.
    pub resumed: bool,
    server: Server,
    functions: functions::Functions,
    machines: Arc<server::machines::Machines>,
    tasks: JoinSet<()>,
    scratch: PathBuf,
    keeps_state: bool,
}

impl Local {
    /// Starts the cloud and everything in it. `watch` is told of every call,
    /// `peek` of every command that the cloud gives to the world.
    ///
    /// # Errors
    /// The port is taken, the state folder cannot be used, the agent is
    /// missing: each says what to do.
    pub async fn start(
        options: &Options,
        watch: Option<Observer>,
        peek: Option<mpsc::UnboundedSender<Command>>,
    ) -> Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let deployment = Deployment::local();
        let agent = agent(options)?;
        let bound = Server::bind(SocketAddr::from((
            [127, 0, 0, 1],
            options.port.unwrap_or(0),
        )))
        .await?;
        let url = bound.origin();

        let mut cloud = Cloud::new();
        let (journal, resumed) = restore(options, &mut cloud)?;
        if resumed {
            cloud.power_cut(clock.now());
        } else {
            install::install(&deployment, &mut cloud, clock.now())?;
        }
        for rule in &options.deny {
            deny(&deployment, &mut cloud, rule)?;
        }
        let (host, commands) =
            Host::journaled(cloud, clock, &url, Some(observer(options, watch)?), journal);
        let server = bound.serve(host.clone());
        // Beside the state, so that what a killed process leaves running is found.
        let scratch = options.state.as_ref().map_or_else(
            || std::env::temp_dir().join(format!("groundcrew-{}", std::process::id())),
            |state| state.join("machines"),
        );
        let machines = server::machines::Machines::new(
            host.clone(),
            MachineSettings {
                agent,
                args: vec!["agent".to_owned()],
                work_dir: scratch.clone(),
                path: path(),
                endpoint: url.clone(),
            },
        )
        .with_context(|| format!("cannot make {} for the machines", scratch.display()))?;
        machines.reap_leftovers();

        let functions = functions::start(&deployment, &host, &url).await?;
        host.with(|cloud, now| install::connect(&deployment, cloud, &functions.urls(), now))?;
        let mut tasks = JoinSet::new();
        let (tee, teed) = mpsc::unbounded_channel();
        tasks.spawn(peeking(commands, tee, peek));
        let push = server::push::Push::new(host.clone(), 64);
        tasks.spawn(server::commands(teed, push, Some(machines.clone())));
        tasks.spawn(host.clone().keep_time());
        // Whoever revoked or deleted it meant it.
        if !resumed {
            project::set_up(&deployment, &operator(&host, &url)?).await?;
        }
        tasks.spawn(scheduler(host.clone(), deployment.clone()));
        Ok(Self {
            host,
            deployment,
            url,
            resumed,
            server,
            functions,
            machines,
            tasks,
            scratch,
            keeps_state: options.state.is_some(),
        })
    }

    /// The folder that holds a folder for each machine.
    #[must_use]
    pub fn scratch(&self) -> &std::path::Path {
        &self.scratch
    }

    /// A fresh access token of the local operator, good for an hour.
    #[must_use]
    pub fn operator_token(&self) -> String {
        operator_token(&self.host)
    }

    /// Lets the functions finish what they have, then ends every machine.
    pub async fn stop(mut self) {
        self.functions.stop().await;
        self.tasks.shutdown().await;
        self.server.stop().await;
        drop(self.machines);
        if !self.keeps_state {
            // Only scratch.
            let _ = std::fs::remove_dir_all(&self.scratch);
        }
    }
}

fn operator(host: &Host, url: &str) -> Result<Client> {
    let transport = Arc::new(ReqwestTransport::new()?);
    let tokens = Arc::new(StaticToken::new(&operator_token(host)));
    let clock = Arc::new(SystemClock);
    Ok(Client::new(transport, tokens, Endpoints::local(url), clock))
}

fn operator_token(host: &Host) -> String {
    let operator = Principal::user(install::OPERATOR);
    host.with(|cloud, now| cloud.mint(&operator, now))
}

/// The program that machines run.
fn agent(options: &Options) -> Result<PathBuf> {
    let path = match &options.agent {
        Some(path) => path.clone(),
        None => std::env::current_exe().context("cannot tell which program this is")?,
    };
    if !path.is_file() {
        bail!(
            "there is no agent at {}: build it with `cargo build`, or leave --agent out",
            path.display()
        );
    }
    Ok(path)
}

#[expect(
    clippy::disallowed_methods,
    reason = "jobs find programs where the user's shell does"
)]
fn path() -> std::ffi::OsString {
    std::env::var("PATH")
        .unwrap_or_else(|_| "/usr/bin:/bin".to_owned())
        .into()
}

fn restore(options: &Options, cloud: &mut Cloud) -> Result<(Option<Journal>, bool)> {
    let Some(folder) = &options.state else {
        return Ok((None, false));
    };
    let (journal, restored) = Journal::open(folder)?;
    let resumed = !restored.is_empty();
    restored.into(cloud)?;
    Ok((Some(journal), resumed))
}

fn deny(deployment: &Deployment, cloud: &mut Cloud, rule: &str) -> Result<()> {
    let known = || {
        Identity::all()
            .into_iter()
            .map(Identity::name)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let Some((identity, permission)) = rule.split_once(':') else {
        bail!(
            "--deny {rule:?}: write IDENTITY:PERMISSION, IDENTITY one of {}",
            known()
        );
    };
    let Some(identity) = Identity::all().into_iter().find(|i| i.name() == identity) else {
        bail!(
            "--deny {rule:?}: there is no identity {identity:?}, only {}",
            known()
        );
    };
    let account = crate::deployment::roles::account(deployment, identity);
    cloud.forbid(account.as_str(), permission);
    Ok(())
}

fn observer(options: &Options, watch: Option<Observer>) -> Result<Observer> {
    let open = |path: &Option<PathBuf>| {
        path.as_ref()
            .map(|path| {
                std::fs::File::create(path)
                    .with_context(|| format!("cannot write {}", path.display()))
            })
            .transpose()
    };
    let record = server::record::observer(open(&options.record)?, open(&options.audit)?);
    Ok(Box::new(move |audit, request, response| {
        record(audit, request, response);
        if let Some(watch) = &watch {
            watch(audit, request, response);
        }
    }))
}

async fn peeking(
    mut commands: mpsc::UnboundedReceiver<Command>,
    onward: mpsc::UnboundedSender<Command>,
    peek: Option<mpsc::UnboundedSender<Command>>,
) {
    while let Some(command) = commands.recv().await {
        if let Some(peek) = &peek {
            // Whoever looked on may have left.
            let _ = peek.send(command.clone());
        }
        if onward.send(command).is_err() {
            return;
        }
    }
}

/// Cloud Scheduler, and the log sink that sends Compute Engine's audit log on.
async fn scheduler(host: Arc<Host>, deployment: Deployment) {
    let mut every = tokio::time::interval(TICK);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        host.with(|cloud, now| {
            for entry in cloud.take_log_entries() {
                publish(cloud, &deployment.maintenance.to_string(), &entry, now);
            }
            publish(cloud, &deployment.ticks.to_string(), &Value::Null, now);
        });
    }
}

fn publish(cloud: &mut Cloud, topic: &str, data: &Value, now: names::Timestamp) {
    let sent = cloud.publish_from_system(topic, data.to_string().as_bytes(), BTreeMap::new(), now);
    if let Err(error) = sent {
        tracing::error!(topic, ?error, "the system cannot publish");
    }
}
