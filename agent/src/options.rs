//! What an agent is told by its environment.

use crate::{Error, LogLimits};
use names::Duration;
use serde::Deserialize;
use std::{collections::BTreeMap, path::PathBuf};

/// How an agent reaches the world. What it runs is in its machine's metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The folder for the marks of commands that were started; it must
    /// outlive a reboot of the machine, and not the machine: a simulator that
    /// gives out the same instance ids again must start with an empty one.
    pub state: PathBuf,
    /// The folder for a job's SSH key while its command runs, best in memory:
    /// `XDG_RUNTIME_DIR`, else `/dev/shm` where there is one, else `state`.
    pub secrets: PathBuf,
    /// The metadata server, `http://host:port`.
    pub metadata: String,
    /// One URL that serves every API; Google's own if `None`.
    pub endpoint: Option<String>,
    /// Google's Pub/Sub emulator, `host:port`, to publish to as nobody,
    /// whatever serves the other APIs.
    pub pubsub_emulator: Option<String>,
    /// Variables of the command's environment, under those of the job.
    pub pass_on: BTreeMap<String, String>,
    /// From SIGTERM to SIGKILL when the host is preempted or shuts down.
    pub shutdown_grace: Duration,
    /// From SIGTERM to SIGKILL on notice of maintenance.
    pub maintenance_grace: Duration,
    /// The first wait before what failed is tried again.
    pub retry: Duration,
    /// How the log is written.
    pub log: LogLimits,
}

#[derive(Deserialize)]
struct Environment {
    groundcrew_state: Option<PathBuf>,
    groundcrew_endpoint: Option<String>,
    gce_metadata_host: Option<String>,
    pubsub_emulator_host: Option<String>,
    storage_emulator_host: Option<String>,
    xdg_runtime_dir: Option<PathBuf>,
    path: Option<String>,
    home: Option<String>,
    /// Seconds.
    groundcrew_shutdown_grace: Option<u64>,
    /// Seconds.
    groundcrew_maintenance_grace: Option<u64>,
}

const STATE: &str = "/var/lib/groundcrew";
const MEMORY: &str = "/dev/shm";
const METADATA: &str = "metadata.google.internal";
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

impl Options {
    /// Reads the environment: `GROUNDCREW_STATE`, `GROUNDCREW_ENDPOINT`,
    /// `GCE_METADATA_HOST`, `PUBSUB_EMULATOR_HOST`, `STORAGE_EMULATOR_HOST`,
    /// `XDG_RUNTIME_DIR`, `PATH`, `HOME` and the graces `GROUNDCREW_SHUTDOWN_GRACE` and
    /// `GROUNDCREW_MAINTENANCE_GRACE` in seconds. All have defaults that fit a machine of Compute Engine.
    /// Only an entry point may call this.
    ///
    /// # Errors
    /// A grace is not a number.
    pub fn from_env() -> Result<Self, Error> {
        let memory = Some(PathBuf::from(MEMORY)).filter(|folder| folder.is_dir());
        let env = envy::from_env().map_err(Error::Environment)?;
        Ok(Self::new(env, memory))
    }

    fn new(env: Environment, memory: Option<PathBuf>) -> Self {
        let host = env.gce_metadata_host.as_deref().unwrap_or(METADATA);
        let metadata = if host.contains("://") {
            host.to_owned()
        } else {
            format!("http://{host}")
        };
        let usual = crate::decide::Limits::new(Duration::ZERO);
        let pass_on = [
            ("PATH", Some(env.path.unwrap_or_else(|| PATH.to_owned()))),
            ("HOME", Some(env.home.unwrap_or_else(|| "/root".to_owned()))),
            ("GCE_METADATA_HOST", env.gce_metadata_host),
            ("PUBSUB_EMULATOR_HOST", env.pubsub_emulator_host.clone()),
            ("STORAGE_EMULATOR_HOST", env.storage_emulator_host),
            ("GROUNDCREW_ENDPOINT", env.groundcrew_endpoint.clone()),
        ];
        let seconds = |given: Option<u64>, usual| given.map_or(usual, Duration::from_secs);
        let state = env.groundcrew_state.unwrap_or_else(|| STATE.into());
        // A relative one is to be ignored (XDG Base Directory Specification).
        let runtime = env.xdg_runtime_dir.filter(|folder| folder.is_absolute());
        let secrets = runtime.or(memory);
        Self {
            secrets: secrets.unwrap_or_else(|| state.clone()),
            state,
            metadata,
            endpoint: env.groundcrew_endpoint,
            pubsub_emulator: env.pubsub_emulator_host,
            pass_on: pass_on
                .into_iter()
                .filter_map(|(name, value)| Some((name.to_owned(), value?)))
                .collect(),
            shutdown_grace: seconds(env.groundcrew_shutdown_grace, usual.shutdown_grace),
            maintenance_grace: seconds(env.groundcrew_maintenance_grace, usual.maintenance_grace),
            retry: Duration::from_secs(1),
            log: LogLimits::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Options, envy::Error> {
        let pairs = pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        envy::from_iter(pairs).map(|env| Options::new(env, None))
    }

    #[test]
    fn a_real_machine_needs_no_variables() {
        let options = read(&[]).expect("all have defaults");
        assert_eq!(options.metadata, "http://metadata.google.internal");
        assert_eq!((options.endpoint, options.pubsub_emulator), (None, None));
        assert_eq!(options.pass_on.keys().collect::<Vec<_>>(), ["HOME", "PATH"]);
        assert_eq!(options.shutdown_grace, Duration::from_secs(25));
    }

    #[test]
    fn secrets_lie_in_memory_where_there_is_some() {
        let folder = |runtime: &[(&str, &str)], memory: Option<&str>| {
            let own = runtime.iter().map(|(k, v)| ((*k).into(), (*v).into()));
            let env = envy::from_iter(own).expect("valid");
            Options::new(env, memory.map(PathBuf::from)).secrets
        };
        let runtime = [("XDG_RUNTIME_DIR", "/run/user/7")];
        let state = PathBuf::from(STATE);
        assert_eq!(folder(&runtime, Some(MEMORY)), PathBuf::from("/run/user/7"));
        assert_eq!(folder(&[], Some(MEMORY)), PathBuf::from(MEMORY));
        assert_eq!(folder(&[], None), state);
    }

    #[test]
    fn a_laptop_says_where_its_simulator_is_and_the_command_hears_it_too() {
        let options = read(&[
            ("GCE_METADATA_HOST", "127.0.0.1:1234"),
            ("GROUNDCREW_ENDPOINT", "http://127.0.0.1:8080"),
            ("GROUNDCREW_SHUTDOWN_GRACE", "2"),
            ("PUBSUB_EMULATOR_HOST", "127.0.0.1:8085"),
        ])
        .expect("valid");
        assert_eq!(options.pubsub_emulator.as_deref(), Some("127.0.0.1:8085"));
        assert_eq!(options.metadata, "http://127.0.0.1:1234");
        assert_eq!(options.pass_on["GCE_METADATA_HOST"], "127.0.0.1:1234");
        assert_eq!(
            options.pass_on["GROUNDCREW_ENDPOINT"],
            "http://127.0.0.1:8080"
        );
        assert_eq!(options.shutdown_grace, Duration::from_secs(2));
        let fault = read(&[("GROUNDCREW_SHUTDOWN_GRACE", "soon")]).expect_err("bad");
        assert!(
            fault.to_string().contains("GROUNDCREW_SHUTDOWN_GRACE"),
            "{fault}"
        );
    }
}
