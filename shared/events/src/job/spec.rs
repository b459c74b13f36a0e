//! The spec of a job.

use super::duration_text;
use crate::DecodeError;
use names::{Duration, MachineType, VolumeName, Zone};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

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

/// Linux's `MAX_ARG_STRLEN`: the size of an argument or of `NAME=value`, with
/// the NUL at its end.
const MAX_STRING: usize = 131_072;
/// Instance metadata takes 256 KB a value, as JSON (Compute Engine, "Metadata
/// limitations"); the rest of the assignment needs a few.
const MAX_ENCODED: usize = 250_000;
/// Firestore indexes a document in at most 40,000 entries, one or two for each
/// argument and variable.
const MAX_ARGUMENTS: usize = 10_000;
const MAX_VARIABLES: usize = 1_000;
const MAX_ZONES: usize = 100;
const MAX_RETRIES: u32 = 100;

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
        self.check_sizes()?;
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
        if self.retries > MAX_RETRIES {
            return invalid(format!("retries: at most {MAX_RETRIES}"));
        }
        for (list, length, most) in [
            ("command", self.command.len(), MAX_ARGUMENTS),
            ("env", self.env.len(), MAX_VARIABLES),
            ("zones", self.zones.len(), MAX_ZONES),
        ] {
            if length > most {
                return invalid(format!("{list}: {length} are too many, at most {most}"));
            }
        }
        if let Some(zone) = first_duplicate(&self.zones) {
            return invalid(format!("zones: {zone} is given twice"));
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

    /// Checks that the kernel and the machine's metadata can hold the spec.
    fn check_sizes(&self) -> Result<(), DecodeError> {
        let invalid = |text: String| Err(DecodeError::new("job spec", text));
        for (i, argument) in self.command.iter().enumerate() {
            let length = argument.len();
            if length >= MAX_STRING {
                return invalid(format!(
                    "command[{i}] has {length} bytes; Linux starts no program with {MAX_STRING} or more"
                ));
            }
        }
        for (name, value) in &self.env {
            let length = name.len() + 1 + value.len();
            if length >= MAX_STRING {
                return invalid(format!(
                    "env: {name}=… has {length} bytes; Linux starts no program with {MAX_STRING} or more"
                ));
            }
        }
        let encoded = serde_json::to_string(self).map_err(|e| DecodeError::new("job spec", e))?;
        let size = encoded.len();
        if size > MAX_ENCODED {
            return invalid(format!(
                "it takes {size} bytes as JSON, command and env mostly; at most {MAX_ENCODED} fit \
                 (put large inputs into the bucket or a volume)"
            ));
        }
        Ok(())
    }
}

fn first_duplicate(zones: &[Zone]) -> Option<&Zone> {
    let mut seen = BTreeSet::new();
    zones.iter().find(|zone| !seen.insert(*zone))
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
    fn what_no_machine_could_start_is_refused() {
        let fault = |spec: &JobSpec| spec.check().expect_err("too large").to_string();
        let with = |command: &str| JobSpec::new(vec!["echo".into(), command.into()]);
        let longest = "x".repeat(MAX_STRING - 1);
        with(&longest).check().expect("Linux takes it");
        assert!(fault(&with(&format!("{longest}x"))).contains("command[1] has 131072 bytes"));
        let mut spec = with("");
        spec.env.insert("NAME".into(), longest.clone());
        assert!(fault(&spec).contains("env: NAME=… has"));
        // A control character takes six bytes in JSON.
        let escaped = "\u{1}".repeat(MAX_ENCODED / 6);
        assert!(fault(&with(&escaped)).contains("bytes as JSON"));
        let mut spec = with("");
        spec.zones = vec!["us-central1-a".parse().expect("valid"); 2];
        assert!(fault(&spec).contains("us-central1-a is given twice"));
        spec.zones.clear();
        spec.env = (0..=MAX_VARIABLES)
            .map(|i| (i.to_string(), "x".into()))
            .collect();
        assert!(fault(&spec).contains("env: 1001 are too many"));
        spec.env.clear();
        spec.retries = MAX_RETRIES + 1;
        assert!(fault(&spec).contains("retries"));
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
