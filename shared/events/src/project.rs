//! The event that starts or continues the setup of a project.

use crate::{DecodeError, Envelope, json::UniqueKeys};
use names::ProjectId;
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;
use std::collections::BTreeMap;

/// The event `project-provisioned`: set up this project, or continue its setup.
///
/// The creator of the project publishes its id alone, `{"project": "p"}`, or adds
/// further fields of the spec (`deployment`, `location`, `kms_location`,
/// `bucket`). The account that the project invites is configuration and never
/// part of the event. The sweep publishes `{"kind": "overdue", "project": "p"}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProjectProvisioned {
    /// The project exists and should be set up.
    Provisioned {
        /// The project that the event is about.
        project: ProjectId,
        /// The fields of the spec, including `project`. They are validated by
        /// the setup, so that the rules are in one place.
        spec: BTreeMap<String, Value>,
    },
    /// The setup is overdue and should be continued.
    Overdue {
        /// The project that the event is about.
        project: ProjectId,
    },
}

const WHAT: &str = "project-provisioned event";

impl ProjectProvisioned {
    /// The event for `project` without further fields of the spec.
    #[must_use]
    pub fn of(project: ProjectId) -> Self {
        let id = Value::String(project.to_string());
        Self::Provisioned {
            spec: [("project".to_owned(), id)].into(),
            project,
        }
    }

    /// The project that the event is about.
    #[must_use]
    pub fn project(&self) -> &ProjectId {
        match self {
            Self::Provisioned { project, .. } | Self::Overdue { project } => project,
        }
    }
}

impl TryFrom<&Envelope> for ProjectProvisioned {
    type Error = DecodeError;

    fn try_from(envelope: &Envelope) -> Result<Self, DecodeError> {
        let fault = |text: String| DecodeError::new(WHAT, text);
        let UniqueKeys(mut spec) = envelope.json::<UniqueKeys<Value>>(WHAT)?;
        let kind = spec.remove("kind");
        let project = match spec.get("project") {
            Some(Value::String(text)) => text
                .parse::<ProjectId>()
                .map_err(|error| fault(format!("project: {error}")))?,
            Some(other) => return Err(fault(format!("project: {other} is not a project id"))),
            None => return Err(fault("missing field `project`".to_owned())),
        };
        match kind.as_ref().map(|kind| kind.as_str().unwrap_or_default()) {
            None | Some("provisioned") => Ok(Self::Provisioned { project, spec }),
            Some("overdue") => match spec.keys().find(|key| *key != "project") {
                None => Ok(Self::Overdue { project }),
                Some(key) => Err(fault(format!("unknown field `{key}` of the kind overdue"))),
            },
            Some(_) => {
                let kind = kind.unwrap_or_default();
                let known = "provisioned (or nothing) or overdue";
                Err(fault(format!("kind: {kind} is not {known}")))
            }
        }
    }
}

impl Serialize for ProjectProvisioned {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Provisioned { spec, .. } => to.collect_map(spec),
            Self::Overdue { project } => {
                let mut map = to.serialize_map(Some(2))?;
                map.serialize_entry("kind", "overdue")?;
                map.serialize_entry("project", project)?;
                map.end()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<ProjectProvisioned, String> {
        let envelope = Envelope {
            data: text.to_owned().into(),
            ..Envelope::default()
        };
        ProjectProvisioned::try_from(&envelope).map_err(|fault| fault.to_string())
    }

    #[test]
    fn a_project_id_alone_is_a_valid_event() {
        let project: ProjectId = "customer-project".parse().expect("valid");
        let plain = ProjectProvisioned::of(project.clone());
        assert_eq!(plain.project(), &project);
        assert_eq!(
            read(r#"{"project":"customer-project"}"#).as_ref(),
            Ok(&plain)
        );
        let said = r#"{"kind":"provisioned","project":"customer-project"}"#;
        assert_eq!(read(said), Ok(plain));
        let more = r#"{"project":"customer-project","location":"europe-west4"}"#;
        let Ok(ProjectProvisioned::Provisioned { spec, .. }) = read(more) else {
            panic!("{more}");
        };
        assert_eq!(spec["location"], "europe-west4");
    }

    #[test]
    fn a_serialized_event_reads_back() {
        let project: ProjectId = "customer-project".parse().expect("valid");
        for event in [
            ProjectProvisioned::of(project.clone()),
            ProjectProvisioned::Overdue { project },
        ] {
            let text = serde_json::to_string(&event).expect("plain data");
            assert_eq!(read(&text), Ok(event), "{text}");
        }
    }

    #[test]
    fn an_invalid_event_is_an_error_with_a_reason() {
        for (text, says) in [
            ("", "EOF"),
            ("[]", "an object"),
            ("{}", "missing field `project`"),
            (r#"{"project":7}"#, "project: 7"),
            (r#"{"project":"Customer"}"#, "6 to 30"),
            (
                r#"{"project":"customer-project","project":"other-project"}"#,
                "duplicate key \"project\"",
            ),
            (
                r#"{"kind":"deleted","project":"customer-project"}"#,
                "kind: \"deleted\" is not provisioned",
            ),
            (
                r#"{"kind":"overdue","project":"customer-project","bucket":"b"}"#,
                "unknown field `bucket`",
            ),
        ] {
            let fault = read(text).expect_err(text);
            assert!(
                fault.starts_with(WHAT) && fault.contains(says),
                "{text}: {fault}"
            );
        }
    }
}
