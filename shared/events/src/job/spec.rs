//! The spec of a job.

use super::duration_text;
use crate::DecodeError;
use names::{Duration, MachineType, VolumeName, Zone};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Accelerators to attach to a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gpu {
    /// Accelerator type of Compute Engine, such as `nvidia-tesla-t4`.
    pub kind: MachineType,
    /// Number of accelerators, from 1.
    pub count: u32,
}

impl std::str::FromStr for Gpu {
    type Err = DecodeError;

    /// Parses `KIND:COUNT`, or `KIND` for one.
    fn from_str(text: &str) -> Result<Self, DecodeError> {
        let (kind, count) = text.split_once(':').unwrap_or((text, "1"));
        let error = |e: String| DecodeError::new("gpu", format!("{text:?}: {e}"));
        let count = count
            .parse()
            .map_err(|_| error("the count is not a number".into()))?;
        Ok(Self {
            kind: kind
                .parse()
                .map_err(|e: names::InvalidName| error(e.to_string()))?,
            count,
        })
    }
}

/// A job as a user submits it. Everything except the command has a default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobSpec {
    /// Program and arguments; they are not run in a shell.
    pub command: Vec<String>,
    /// Environment variables of the command.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    /// Machine type; by default [`JobSpec::machine_type`] derives it from `gpu`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<MachineType>,
    /// Accelerators; none by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gpu: Option<Gpu>,
    /// Whether to use a Spot machine.
    #[serde(default)]
    pub spot: bool,
    /// Time limit of the command, as text such as `1h` or `90s`; 1 hour by
    /// default.
    #[serde(default = "default_max_run", with = "duration_text")]
    pub max_run: Duration,
    /// Size of the boot disk in GB; 10 by default.
    #[serde(default = "default_disk_gb")]
    pub disk_gb: u32,
    /// Zones to try, in order; the deployment's zones if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub zones: Vec<Zone>,
    /// How often a failed command is run again. Attempts lost with their host do
    /// not count.
    #[serde(default)]
    pub retries: u32,
    /// Whether the command gets the user's SSH key, which the account setup stored
    /// encrypted; `GROUNDCREW_SSH_KEY` is then the path of the file.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ssh_key: bool,
    /// Data volume, if any. The machine then runs as the volume's service account,
    /// which has access to nothing else in the bucket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume: Option<VolumeName>,
}

const fn default_max_run() -> Duration {
    Duration::from_secs(3600)
}

const fn default_disk_gb() -> u32 {
    10
}

impl JobSpec {
    /// A spec that runs `command`, with defaults for everything else.
    #[must_use]
    pub fn new(command: Vec<String>) -> Self {
        Self {
            command,
            env: BTreeMap::new(),
            machine: None,
            gpu: None,
            spot: false,
            max_run: default_max_run(),
            disk_gb: default_disk_gb(),
            zones: Vec::new(),
            retries: 0,
            ssh_key: false,
            volume: None,
        }
    }

    /// Validates what the types do not.
    ///
    /// # Errors
    /// The command is missing, a value is out of range, or a variable's name or
    /// value is not legal.
    pub fn check(&self) -> Result<(), DecodeError> {
        let invalid = |text: String| Err(DecodeError::new("job spec", text));
        if self.command.first().is_none_or(String::is_empty) {
            return invalid("command is missing: give the program and its arguments".into());
        }
        // Instance metadata takes 256 KB a value; leave room for the rest.
        let size: usize = self.command.iter().map(String::len).sum::<usize>()
            + self
                .env
                .iter()
                .map(|(k, v)| k.len() + v.len())
                .sum::<usize>();
        if size > 200_000 {
            return invalid(format!(
                "command and env take {size} bytes; at most 200,000 fit"
            ));
        }
        if self.command.iter().any(|arg| arg.contains('\0')) {
            return invalid("command contains a NUL byte".into());
        }
        if let Some(name) = (self.env.keys()).find(|k| k.is_empty() || k.contains(['=', '\0'])) {
            return invalid(format!("env: {name:?} cannot be a variable's name"));
        }
        if self.env.values().any(|value| value.contains('\0')) {
            return invalid("env: a value contains a NUL byte".into());
        }
        if self.ssh_key && self.volume.is_some() {
            return invalid("ssh_key: a job with a volume cannot get the SSH key".into());
        }
        if !(1..=7 * 24 * 3600).contains(&self.max_run.as_secs()) {
            return invalid("max_run: must be from 1 second to 7 days".into());
        }
        if !(10..=65_536).contains(&self.disk_gb) {
            return invalid(format!(
                "disk_gb: {} is not between 10 and 65536",
                self.disk_gb
            ));
        }
        if self
            .gpu
            .as_ref()
            .is_some_and(|gpu| !(1..=16).contains(&gpu.count))
        {
            return invalid("gpu.count: must be from 1 to 16".into());
        }
        self.check_hardware().or_else(invalid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Envelope, JobQueued};

    fn queued(data: &str) -> JobQueued {
        let envelope = Envelope {
            message_id: "42".into(),
            data: data.to_owned().into(),
            ..Envelope::default()
        };
        JobQueued::try_from(&envelope).expect("a job of some kind")
    }

    #[test]
    fn a_spec_with_only_a_command_gets_every_default() {
        let job = queued(r#"{"command":["echo","hi"]}"#);
        assert_eq!(job.job.as_str(), "m-42");
        assert_eq!(job.spec, Ok(JobSpec::new(vec!["echo".into(), "hi".into()])));
    }

    #[test]
    fn an_invalid_spec_gives_the_reason() {
        let fault = |data: &str| queued(data).spec.expect_err("bad").to_string();
        assert!(fault("{").contains("EOF"));
        assert!(fault(r#"{"command":[]}"#).contains("command is missing"));
        assert!(fault("{}").contains("command"));
        assert!(fault(r#"{"command":["x"],"colour":"red"}"#).contains("unknown field `colour`"));
        assert!(fault(r#"{"command":["x"],"disk_gb":-1}"#).contains("-1"));
        assert!(fault(r#"{"command":["x"],"max_run":"soon"}"#).contains("soon"));
        assert!(fault(r#"{"command":["x"],"max_run":"0s"}"#).contains("max_run"));
        assert!(
            fault(r#"{"command":["x"],"gpu":{"kind":"nvidia-l4","count":0}}"#)
                .contains("gpu.count")
        );
        assert!(fault(r#"{"command":["x"],"ssh_key":true,"volume":"data"}"#).contains("ssh_key"));
        assert!(fault(r#"{"command":["x"],"zones":["nowhere"]}"#).contains("nowhere"));
        assert!(fault(r#"{"command":["x"],"volume":"../data"}"#).contains("volume \"../data\""));
    }

    #[test]
    fn a_spec_is_unchanged_by_serializing_and_parsing() {
        let mut spec = JobSpec::new(vec!["train".into()]);
        spec.gpu = Some("nvidia-tesla-t4:2".parse().expect("valid"));
        spec.max_run = Duration::from_secs(5400);
        spec.volume = Some("data".parse().expect("valid"));
        let text = serde_json::to_string(&spec).expect("serialisable");
        assert!(text.contains("1h 30m"), "{text}");
        assert_eq!(serde_json::from_str::<JobSpec>(&text).expect("valid"), spec);
    }
}
