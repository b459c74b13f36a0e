//! The agent's configuration, from its environment.

use crate::{Error, LogLimits};
use names::{Duration, proxy_variables};
use serde::Deserialize;
use std::{collections::BTreeMap, path::PathBuf};

/// The agent's configuration. Its assignment is in the machine's metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The folder for the markers of started commands. It must survive a reboot
    /// of the machine, but not the machine: a simulator that reuses instance ids
    /// must start with an empty folder.
    pub state: PathBuf,
    /// The folder for a job's SSH key while its command runs, if possible in
    /// memory: `XDG_RUNTIME_DIR`, else `/dev/shm` if it exists, else `state`.
    pub secrets: PathBuf,
    /// The file that exists while the host shuts down. SIGTERM without it does
    /// not come from the host.
    pub shutdown_marker: PathBuf,
    /// The metadata server, `http://host:port`.
    pub metadata: String,
    /// One URL that serves every API; Google's own if `None`.
    pub endpoint: Option<String>,
    /// Google's Pub/Sub emulator, `host:port`. Reports are published to it without
    /// credentials, independent of `endpoint`.
    pub pubsub_emulator: Option<String>,
    /// Why the machine is not ready for the command, if it is not: the command is
    /// then not started, and the job ends with this reason.
    pub unready: Option<String>,
    /// Environment variables of the command that the job may override.
    pub inherited_env: BTreeMap<String, String>,
    /// From SIGTERM to SIGKILL when the host is preempted or shuts down.
    pub shutdown_grace: Duration,
    /// From SIGTERM to SIGKILL on notice of maintenance.
    pub maintenance_grace: Duration,
    /// The first wait of the backoff after a failed request.
    pub retry: Duration,
    /// Sizes and durations of the log.
    pub log: LogLimits,
}

#[derive(Deserialize)]
struct Environment {
    groundcrew_state: Option<PathBuf>,
    groundcrew_endpoint: Option<String>,
    groundcrew_shutdown_marker: Option<PathBuf>,
    groundcrew_unready: Option<String>,
    groundcrew_machine: Option<String>,
    gce_metadata_host: Option<String>,
    gce_metadata_ip: Option<String>,
    gce_metadata_root: Option<String>,
    pubsub_emulator_host: Option<String>,
    xdg_runtime_dir: Option<PathBuf>,
    path: Option<String>,
    home: Option<String>,
    /// Seconds.
    groundcrew_shutdown_grace: Option<u64>,
    /// Seconds.
    groundcrew_maintenance_grace: Option<u64>,
    /// By names in small letters.
    #[serde(flatten)]
    others: BTreeMap<String, String>,
}

const STATE: &str = "/var/lib/groundcrew";
const SHUTDOWN_MARKER: &str = "/run/groundcrew/shutdown";
const MEMORY: &str = "/dev/shm";
const METADATA: &str = "metadata.google.internal";
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

impl Options {
    /// Reads the environment: `GROUNDCREW_STATE`, `GROUNDCREW_ENDPOINT`,
    /// `GROUNDCREW_SHUTDOWN_MARKER`, `GROUNDCREW_UNREADY`, `GROUNDCREW_MACHINE`,
    /// `GCE_METADATA_HOST`, `GCE_METADATA_IP`, `GCE_METADATA_ROOT`,
    /// `PUBSUB_EMULATOR_HOST`, `XDG_RUNTIME_DIR`, `PATH`, `HOME`, those of
    /// [`proxy_variables`], and the grace periods `GROUNDCREW_SHUTDOWN_GRACE` and
    /// `GROUNDCREW_MAINTENANCE_GRACE` in seconds. All have defaults for a machine of
    /// Compute Engine. Only an entry point may call this.
    ///
    /// # Errors
    /// A grace period is not a number.
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
        let defaults = crate::decide::Limits::new(Duration::ZERO);
        let inherited_env = [
            ("PATH", Some(env.path.unwrap_or_else(|| PATH.to_owned()))),
            ("HOME", Some(env.home.unwrap_or_else(|| "/root".to_owned()))),
            ("GCE_METADATA_HOST", env.gce_metadata_host),
            // Python's and gcloud's names for it.
            ("GCE_METADATA_IP", env.gce_metadata_ip),
            ("GCE_METADATA_ROOT", env.gce_metadata_root),
            ("PUBSUB_EMULATOR_HOST", env.pubsub_emulator_host.clone()),
            ("GROUNDCREW_ENDPOINT", env.groundcrew_endpoint.clone()),
            // By which the local cloud finds the machine's processes.
            ("GROUNDCREW_MACHINE", env.groundcrew_machine),
        ];
        let proxy = proxy_variables().map(|name| {
            let value = env.others.get(&name.to_lowercase());
            (name, value.cloned())
        });
        let seconds = |given: Option<u64>, default| given.map_or(default, Duration::from_secs);
        let state = env.groundcrew_state.unwrap_or_else(|| STATE.into());
        // A relative path must be ignored (XDG Base Directory Specification).
        let runtime = env.xdg_runtime_dir.filter(|folder| folder.is_absolute());
        let secrets = runtime.or(memory);
        Self {
            secrets: secrets.unwrap_or_else(|| state.clone()),
            state,
            shutdown_marker: env
                .groundcrew_shutdown_marker
                .unwrap_or_else(|| SHUTDOWN_MARKER.into()),
            metadata,
            endpoint: env.groundcrew_endpoint,
            pubsub_emulator: env.pubsub_emulator_host,
            unready: env.groundcrew_unready.filter(|why| !why.is_empty()),
            inherited_env: inherited_env
                .into_iter()
                .chain(proxy)
                .filter_map(|(name, value)| Some((name.to_owned(), value?)))
                .collect(),
            shutdown_grace: seconds(env.groundcrew_shutdown_grace, defaults.shutdown_grace),
            maintenance_grace: seconds(
                env.groundcrew_maintenance_grace,
                defaults.maintenance_grace,
            ),
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
        assert_eq!(options.unready, None);
        assert_eq!(
            options.inherited_env.keys().collect::<Vec<_>>(),
            ["HOME", "PATH"]
        );
        assert_eq!(options.shutdown_grace, Duration::from_secs(25));
    }

    #[test]
    fn a_machine_is_ready_unless_it_is_said_why_not() {
        let unready = |why: &str| read(&[("GROUNDCREW_UNREADY", why)]).expect("valid").unready;
        assert_eq!(
            (unready(""), unready("no driver")),
            (None, Some("no driver".to_owned()))
        );
    }

    #[test]
    fn secrets_are_in_memory_if_possible() {
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
    fn the_command_inherits_the_addresses_of_a_local_simulator() {
        let options = read(&[
            ("GCE_METADATA_HOST", "127.0.0.1:1234"),
            ("GROUNDCREW_ENDPOINT", "http://127.0.0.1:8080"),
            ("GROUNDCREW_SHUTDOWN_GRACE", "2"),
            ("HTTPS_PROXY", "http://127.0.0.1:8080"),
            ("SSL_CERT_FILE", "/ca.pem"),
            ("UNRELATED", "x"),
            ("PUBSUB_EMULATOR_HOST", "127.0.0.1:8085"),
        ])
        .expect("valid");
        assert_eq!(options.pubsub_emulator.as_deref(), Some("127.0.0.1:8085"));
        assert_eq!(options.metadata, "http://127.0.0.1:1234");
        assert_eq!(options.inherited_env["GCE_METADATA_HOST"], "127.0.0.1:1234");
        assert_eq!(
            options.inherited_env["GROUNDCREW_ENDPOINT"],
            "http://127.0.0.1:8080"
        );
        assert_eq!(options.inherited_env["SSL_CERT_FILE"], "/ca.pem");
        assert_eq!(
            options.inherited_env["https_proxy"],
            "http://127.0.0.1:8080"
        );
        assert!(!options.inherited_env.contains_key("UNRELATED"));
        assert_eq!(options.shutdown_grace, Duration::from_secs(2));
        let fault = read(&[("GROUNDCREW_SHUTDOWN_GRACE", "soon")]).expect_err("bad");
        assert!(
            fault.to_string().contains("GROUNDCREW_SHUTDOWN_GRACE"),
            "{fault}"
        );
    }
}
