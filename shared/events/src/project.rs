//! What is asked of a project that groundcrew sets up.

use crate::{Envelope, Unreadable, json::Unique};
use names::ProjectId;
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;
use std::collections::BTreeMap;

/// The event `project-provisioned`: set this project up, or finish what is
/// begun there.
///
/// Who made the project says so with its id alone, `{"project": "p"}`, and may
/// add what a spec can say (`deployment`, `location`, `kms_location`, `bucket`).
/// Whom the project invites is never among it: that is configuration. The
/// sweep says `{"kind": "overdue", "project": "p"}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProjectProvisioned {
    /// The project is there and is to be set up.
    Provisioned {
        /// The project.
        project: ProjectId,
        /// The fields of the spec as they came, `project` among them. What
        /// they may be is the setup's to say, so that there is one grammar.
        spec: BTreeMap<String, Value>,
    },
    /// Its time to be looked at has come.
    Overdue {
        /// The project.
        project: ProjectId,
    },
}

const WHAT: &str = "project-provisioned event";

impl ProjectProvisioned {
    /// The event that a project is there, of which nothing else is said.
    #[must_use]
    pub fn of(project: ProjectId) -> Self {
        let id = Value::String(project.to_string());
        Self::Provisioned {
            spec: [("project".to_owned(), id)].into(),
            project,
        }
    }

    /// The project.
    #[must_use]
    pub fn project(&self) -> &ProjectId {
        match self {
            Self::Provisioned { project, .. } | Self::Overdue { project } => project,
        }
    }
}

impl TryFrom<&Envelope> for ProjectProvisioned {
    type Error = Unreadable;

    fn try_from(envelope: &Envelope) -> Result<Self, Unreadable> {
        let fault = |text: String| Unreadable::new(WHAT, text);
        let Unique(mut spec) = envelope.json::<Unique<Value>>(WHAT)?;
        let kind = spec.remove("kind");
        let project = match spec.get("project") {
            Some(Value::String(text)) => text
                .parse::<ProjectId>()
                .map_err(|error| fault(format!("project: {error}")))?,
            Some(other) => return Err(fault(format!("project: {other} is no project id"))),
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
    fn a_project_alone_is_enough() {
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
    fn what_is_written_reads_back() {
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
    fn what_is_no_event_is_said() {
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
