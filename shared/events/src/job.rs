//! What happens to a job.

use crate::{Envelope, Unreadable};
use names::{
    Attempt, BucketName, CryptoKeyName, Duration, JobId, JobObjects, MachineType,
    ServiceAccountEmail, Timestamp, TopicName, VolumeName, Zone,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Accelerators to attach to a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gpu {
    /// Compute Engine's accelerator type, such as `nvidia-tesla-t4`.
    pub kind: MachineType,
    /// How many, from 1.
    pub count: u32,
}

impl std::str::FromStr for Gpu {
    type Err = Unreadable;

    /// Reads `KIND:COUNT`, or `KIND` for one.
    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let (kind, count) = text.split_once(':').unwrap_or((text, "1"));
        let bad = |e: String| Unreadable::new("gpu", format!("{text:?}: {e}"));
        let count = count
            .parse()
            .map_err(|_| bad("the count is not a number".into()))?;
        Ok(Self {
            kind: kind
                .parse()
                .map_err(|e: names::InvalidName| bad(e.to_string()))?,
            count,
        })
    }
}

/// What a user asks to run. Everything but the command has a default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobSpec {
    /// Program and arguments; no shell is added.
    pub command: Vec<String>,
    /// Variables of the command's environment.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    /// The machine type; `e2-standard-2` if nothing is said.
    #[serde(default = "default_machine")]
    pub machine: MachineType,
    /// Accelerators, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gpu: Option<Gpu>,
    /// Whether a Spot machine will do.
    #[serde(default)]
    pub spot: bool,
    /// The longest the command may run: text such as `1h` or `90s`; 1 hour if
    /// nothing is said.
    #[serde(default = "default_max_run", with = "span")]
    pub max_run: Duration,
    /// Size of the boot disk in GB; 10 if nothing is said.
    #[serde(default = "default_disk_gb")]
    pub disk_gb: u32,
    /// Zones to try, in order; the deployment's own if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub zones: Vec<Zone>,
    /// How often a command that failed by itself is run again.
    #[serde(default)]
    pub retries: u32,
    /// Whether the command gets the user's SSH key, which groundcrew's account
    /// setup keeps encrypted: the file is named by `GROUNDCREW_SSH_KEY`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ssh_key: bool,
    /// The data volume that it runs with, if any: its machine runs as the
    /// volume's account and reaches nothing else in the bucket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume: Option<VolumeName>,
}

fn default_machine() -> MachineType {
    "e2-standard-2".parse().expect("a machine type")
}

const fn default_max_run() -> Duration {
    Duration::from_secs(3600)
}

const fn default_disk_gb() -> u32 {
    10
}

/// A span of time as text such as `1h30m`.
mod span {
    use names::Duration;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(span: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&humantime::format_duration(*span))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        let text = String::deserialize(from)?;
        humantime::parse_duration(&text).map_err(|e| D::Error::custom(format!("{text:?}: {e}")))
    }
}

impl JobSpec {
    /// A spec of `command` with every default.
    #[must_use]
    pub fn new(command: Vec<String>) -> Self {
        Self {
            command,
            env: BTreeMap::new(),
            machine: default_machine(),
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

    /// Checks what the types do not.
    ///
    /// # Errors
    /// The command is missing, a limit is broken, a variable has no name.
    pub fn check(&self) -> Result<(), Unreadable> {
        let fault = |text: String| Err(Unreadable::new("job spec", text));
        if self.command.first().is_none_or(String::is_empty) {
            return fault("command is missing: give the program and its arguments".into());
        }
        // Instance metadata takes 256 KB a value; leave room for the rest.
        let size: usize = self.command.iter().map(String::len).sum::<usize>()
            + self
                .env
                .iter()
                .map(|(k, v)| k.len() + v.len())
                .sum::<usize>();
        if size > 200_000 {
            return fault(format!(
                "command and env take {size} bytes; at most 200,000 fit"
            ));
        }
        if self.command.iter().any(|arg| arg.contains('\0')) {
            return fault("command holds a NUL byte".into());
        }
        if let Some(name) = (self.env.keys()).find(|k| k.is_empty() || k.contains(['=', '\0'])) {
            return fault(format!("env: {name:?} cannot be a variable's name"));
        }
        if self.env.values().any(|value| value.contains('\0')) {
            return fault("env: a value holds a NUL byte".into());
        }
        if self.ssh_key && self.volume.is_some() {
            return fault("ssh_key: a job with a volume reaches its volume, and no key".into());
        }
        if !(1..=7 * 24 * 3600).contains(&self.max_run.as_secs()) {
            return fault("max_run: from 1 second to 7 days".into());
        }
        if !(10..=65_536).contains(&self.disk_gb) {
            return fault(format!(
                "disk_gb: {} is not between 10 and 65536",
                self.disk_gb
            ));
        }
        if self
            .gpu
            .as_ref()
            .is_some_and(|gpu| !(1..=16).contains(&gpu.count))
        {
            return fault("gpu.count: from 1 to 16".into());
        }
        Ok(())
    }
}

/// The event `job-queued`: run this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobQueued {
    /// The job's id: attribute `job`, or derived from the message's id.
    pub job: JobId,
    /// What to run, or why that cannot be read. A job that cannot be read is
    /// still a job: it is recorded as rejected, where its submitter looks.
    pub spec: Result<JobSpec, Unreadable>,
}

impl TryFrom<&Envelope> for JobQueued {
    type Error = Unreadable;

    fn try_from(envelope: &Envelope) -> Result<Self, Unreadable> {
        let job = match envelope.attributes.get("job") {
            Some(id) => id.parse(),
            None => format!("m-{}", envelope.message_id).parse(),
        };
        let spec = envelope.json::<JobSpec>("job spec").and_then(|spec| {
            spec.check()?;
            Ok(spec)
        });
        Ok(Self {
            job: job.map_err(|e| Unreadable::new("attribute job", e))?,
            spec,
        })
    }
}

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Ending {
    /// It exited by itself.
    Exited {
        /// Its exit code.
        code: i32,
    },
    /// A signal that groundcrew did not send ended it.
    Signalled {
        /// The signal's number.
        signal: i32,
    },
    /// It ran longer than the job's `max_run` and was stopped.
    TimedOut,
    /// It could not be started.
    NotStarted {
        /// Why, in the operating system's words.
        reason: String,
    },
}

impl Ending {
    /// The exit code that a shell would show: 128 + signal, 124 for a time
    /// limit, 127 for a command that could not be started.
    #[must_use]
    pub fn exit_code(&self) -> i32 {
        match self {
            Self::Exited { code } => *code,
            Self::Signalled { signal } => 128 + signal,
            Self::TimedOut => 124,
            Self::NotStarted { .. } => 127,
        }
    }
}

/// The object that fences an attempt: whoever creates it decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Claim {
    /// The agent on this machine runs the attempt.
    Machine {
        /// Compute Engine's id of the machine.
        instance_id: String,
        /// When it was claimed.
        at: Timestamp,
    },
    /// groundcrew decided that nobody runs this attempt any more.
    Revoked {
        /// When it was revoked.
        at: Timestamp,
    },
}

/// The exit record: how an attempt ended, written once and before the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExitRecord {
    /// How the command ended.
    pub ending: Ending,
    /// When the command was started.
    pub started: Timestamp,
    /// When it ended.
    pub finished: Timestamp,
    /// How many log objects come before the tail.
    pub log_parts: u32,
    /// The last of the output, not in a log object of its own: a short job
    /// then needs one write, and how it ended is never known without its last words.
    #[serde(default, with = "bytes_base64")]
    pub log_tail: Vec<u8>,
}

mod bytes_base64 {
    use base64::{Engine, engine::general_purpose::STANDARD};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        STANDARD
            .decode(String::deserialize(from)?)
            .map_err(D::Error::custom)
    }
}

/// What an agent has to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Report {
    /// The attempt is claimed; the command starts now.
    Started,
    /// The command ended and the exit record is written.
    Finished {
        /// How it ended.
        ending: Ending,
    },
    /// The machine is going away; the command was stopped and did not finish.
    Drained,
}

/// The event `job-reported`: an agent's report. It counts only with the
/// identity token of the machine that the attempt runs on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobReported {
    /// The job.
    pub job: JobId,
    /// The attempt that the agent claimed.
    pub attempt: Attempt,
    /// What it says.
    pub report: Report,
    /// The machine's identity token (a JWT, `format=full`).
    pub identity: String,
}

/// The event `job-changed`: what users and the sweep have to say of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum JobChanged {
    /// A user wants it stopped.
    Cancelled {
        /// The job.
        job: JobId,
    },
    /// Its time to be looked at has come.
    Overdue {
        /// The job.
        job: JobId,
    },
    /// Compare all machines with the ledger and remove what is left over.
    Inventory,
}

/// What a machine is to run, from its metadata.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// The job.
    pub job: JobId,
    /// The attempt that this machine was launched for.
    pub attempt: Attempt,
    /// Program and arguments.
    pub command: Vec<String>,
    /// Variables of the command's environment.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// The longest that the command may run.
    #[serde(with = "span")]
    pub max_run: Duration,
    /// Where claim, log and exit record go.
    pub bucket: BucketName,
    /// Where reports go.
    pub reports: TopicName,
    /// The audience of the identity token that a report carries.
    pub audience: String,
    /// The account that the machine runs as, for the agent's own log lines.
    pub account: ServiceAccountEmail,
    /// The key that decrypts the user's SSH key, which lies in the bucket
    /// ([`names::ssh_key_object`]); the job gets none without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ssh_key: Option<CryptoKeyName>,
    /// The data volume that the job runs with, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume: Option<VolumeName>,
}

impl Assignment {
    /// Where the job's objects lie in the bucket.
    #[must_use]
    pub fn objects(&self) -> JobObjects {
        JobObjects::new(&self.job, self.volume.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queued(data: &str) -> JobQueued {
        let envelope = Envelope {
            message_id: "42".into(),
            data: data.to_owned().into(),
            ..Envelope::default()
        };
        JobQueued::try_from(&envelope).expect("a job of some kind")
    }

    #[test]
    fn a_bare_command_gets_every_default() {
        let job = queued(r#"{"command":["echo","hi"]}"#);
        assert_eq!(job.job.as_str(), "m-42");
        assert_eq!(job.spec, Ok(JobSpec::new(vec!["echo".into(), "hi".into()])));
    }

    #[test]
    fn a_bad_spec_is_a_job_with_a_reason() {
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
    fn a_spec_reads_back_as_it_was_written() {
        let mut spec = JobSpec::new(vec!["train".into()]);
        spec.gpu = Some("nvidia-tesla-t4:2".parse().expect("valid"));
        spec.max_run = Duration::from_secs(5400);
        spec.volume = Some("data".parse().expect("valid"));
        let text = serde_json::to_string(&spec).expect("serialisable");
        assert!(text.contains("1h 30m"), "{text}");
        assert_eq!(serde_json::from_str::<JobSpec>(&text).expect("valid"), spec);
    }

    #[test]
    fn an_ending_has_a_shells_exit_code() {
        assert_eq!(Ending::Exited { code: 3 }.exit_code(), 3);
        assert_eq!(Ending::Signalled { signal: 9 }.exit_code(), 137);
        assert_eq!(Ending::TimedOut.exit_code(), 124);
    }
}
