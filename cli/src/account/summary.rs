//! A project's deployment on one line of a table, or as one JSON object.

use crate::shell;
use account::Deployment;
use ledger::HistoryEntry;
use ledger::Record;
use names::Timestamp;
use serde::Serialize;

/// The summary of a project's deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct DeploymentSummary {
    project: String,
    state: String,
    /// When the sweep checks it next.
    due: Option<Timestamp>,
    retained: Vec<RetainedResource>,
    last: Option<HistoryEntry>,
}

/// A resource that Google retains for a time after its deletion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct RetainedResource {
    resource: String,
    until: Option<Timestamp>,
}

impl DeploymentSummary {
    pub(crate) fn of(project: &str, deployment: &Deployment) -> Self {
        let retained = deployment.retained().into_iter();
        Self {
            project: project.to_owned(),
            state: deployment.state().to_owned(),
            due: deployment.due,
            retained: retained
                .map(|(id, until)| RetainedResource {
                    resource: id.to_string(),
                    until,
                })
                .collect(),
            last: deployment.history.last().cloned(),
        }
    }

    /// The column headings for [`DeploymentSummary::cells`].
    pub(crate) fn header() -> Vec<String> {
        ["PROJECT", "STATE", "DUE", "RETAINED UNTIL", "LAST"]
            .map(String::from)
            .into()
    }

    /// The deployment's row in a table.
    pub(crate) fn cells(&self) -> Vec<String> {
        let time =
            |time: Option<Timestamp>| time.map_or_else(|| "-".to_owned(), |time| time.to_string());
        let last = self.last.as_ref();
        vec![
            self.project.clone(),
            self.state.clone(),
            time(self.due),
            time(
                self.retained
                    .iter()
                    .filter_map(|retained| retained.until)
                    .max(),
            ),
            last.map_or_else(String::new, |last| {
                format!("{} {}", last.at, shell::truncate(&last.what, 300))
            }),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::out;
    use account::{DeploymentState, Spec};
    use plan::{Origin, ResourceId, ResourceRecord};

    #[test]
    fn the_table_shows_how_long_resources_are_retained() {
        let spec = Spec::of("customer-project".parse().expect("valid"));
        let at = Timestamp::from_seconds;
        let mut record = plan::DeploymentRecord::new(spec.deployment_id());
        let retained_until = |until| ResourceRecord {
            origin: Origin::Retained { until },
            uid: None,
            depends_on: [].into(),
            grants: [].into(),
        };
        let key = spec.key();
        record
            .entries
            .insert(ResourceId::Ring(key.ring().clone()), retained_until(None));
        record
            .entries
            .insert(ResourceId::Key(key), retained_until(Some(at(600))));
        let entry = |what: &str| HistoryEntry {
            at: at(60),
            what: what.to_owned(),
        };
        let deployment = |state, due, what: &str| Deployment {
            spec: Some(spec.clone()),
            state,
            due,
            requested_at: at(0),
            failed_attempts: 0,
            history: vec![entry(what)],
        };
        let retained = deployment(
            DeploymentState::Retained { record },
            Some(at(600)),
            "removed but",
        );
        let ready = deployment(DeploymentState::Ready, None, "set up");
        let rows = [
            DeploymentSummary::header(),
            DeploymentSummary::of("a-project", &retained).cells(),
            DeploymentSummary::of("customer-project", &ready).cells(),
        ];
        assert_eq!(
            out::table(&rows),
            "\
PROJECT           STATE     DUE                   RETAINED UNTIL        LAST
a-project         retained  1970-01-01T00:10:00Z  1970-01-01T00:10:00Z  1970-01-01T00:01:00Z removed but
customer-project  ready     -                     -                     1970-01-01T00:01:00Z set up
"
        );
    }
}
