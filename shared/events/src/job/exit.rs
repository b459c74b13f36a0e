//! The objects that an attempt leaves in the bucket: its claim and its exit
//! record.

use names::Timestamp;
use serde::{Deserialize, Serialize};

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ExitStatus {
    /// The command exited by itself.
    Exited {
        /// The process's exit code, 0 to 255.
        code: i32,
    },
    /// The command was killed by a signal that groundcrew did not send.
    Signalled {
        /// Number of the signal that ended it, such as 9.
        signal: i32,
    },
    /// The command exceeded the job's `max_run` and was stopped.
    TimedOut,
    /// The command could not be started.
    NotStarted {
        /// The error, for people.
        reason: String,
    },
}

impl ExitStatus {
    /// The exit code that a shell would show: 128 + signal, 124 for an exceeded
    /// time limit (as `timeout` does), 127 for a command that could not be started.
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

/// The claim of an attempt: an object in the bucket that is created once, by the
/// machine that runs the attempt or by groundcrew to revoke it. It fences the
/// attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Claim {
    /// The agent on this machine runs the attempt.
    Machine {
        /// Compute Engine's numeric id of the machine.
        instance_id: String,
        /// When the attempt was claimed.
        at: Timestamp,
    },
    /// groundcrew revoked the attempt: no machine may run it.
    Revoked {
        /// When the attempt was revoked.
        at: Timestamp,
    },
}

/// The exit record of an attempt: an object in the bucket that is written once,
/// before the exit is reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExitRecord {
    /// The result of the command, from which the job's outcome follows.
    pub exit_status: ExitStatus,
    /// When the command was started.
    pub started: Timestamp,
    /// When the command ended.
    pub finished: Timestamp,
    /// Number of log objects that precede the tail.
    pub log_parts: u32,
    /// The end of the output, which is not in a log object: a short job needs only
    /// one write, and an exit status never lacks the last output.
    #[serde(default, with = "bytes_base64")]
    pub log_tail: Vec<u8>,
}

/// The content of an exit object: the agent's record, or groundcrew's mark that
/// closes the attempt, after which no record can be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ExitObject {
    /// The command has ended.
    Record(ExitRecord),
    /// The attempt was cancelled or lost.
    Closed {
        /// From when on the machine can write no record.
        closed: Timestamp,
    },
}

impl ExitObject {
    /// The record, unless the attempt was closed without one.
    #[must_use]
    pub fn into_record(self) -> Option<ExitRecord> {
        match self {
            Self::Record(record) => Some(record),
            Self::Closed { .. } => None,
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exit_object_has_a_record_or_is_closed() {
        let closed = r#"{"closed":"2026-01-01T00:00:00Z"}"#;
        let object: ExitObject = serde_json::from_str(closed).expect("an exit object");
        assert_eq!(serde_json::to_string(&object).expect("JSON"), closed);
        assert_eq!(object.into_record(), None);
        let record = ExitRecord {
            exit_status: ExitStatus::Exited { code: 0 },
            started: Timestamp::from_micros(0),
            finished: Timestamp::from_micros(1),
            log_parts: 2,
            log_tail: b"end".to_vec(),
        };
        let text = serde_json::to_string(&record).expect("JSON");
        let object: ExitObject = serde_json::from_str(&text).expect("an exit object");
        assert_eq!(object.into_record(), Some(record));
    }

    #[test]
    fn an_exit_status_has_the_exit_code_of_a_shell() {
        assert_eq!(ExitStatus::Exited { code: 3 }.exit_code(), 3);
        assert_eq!(ExitStatus::Signalled { signal: 9 }.exit_code(), 137);
        assert_eq!(ExitStatus::TimedOut.exit_code(), 124);
    }
}
