//! A deployment on one line.

use crate::shell;
use account::Deployment;
use ledger::HistoryEntry;
use ledger::Record;
use names::Timestamp;
use serde::Serialize;

/// What is told of a project in one line, or as one JSON object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Row {
    project: String,
    state: String,
    /// When it is looked at next, if nothing is heard before.
    due: Option<Timestamp>,
    retained: Vec<Kept>,
    last: Option<HistoryEntry>,
}

/// What Google keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Kept {
    what: String,
    until: Option<Timestamp>,
}

impl Row {
    /// The deployment in `project`.
    pub(crate) fn of(project: &str, deployment: &Deployment) -> Self {
        let retained = deployment.retained().into_iter();
        Self {
            project: project.to_owned(),
            state: deployment.state().to_owned(),
            due: deployment.due,
            retained: retained
                .map(|(id, until)| Kept {
                    what: id.to_string(),
                    until,
                })
                .collect(),
            last: deployment.history.last().cloned(),
        }
    }

    /// The heads of [`Row::cells`].
    pub(crate) fn heads() -> Vec<String> {
        ["PROJECT", "STATE", "DUE", "RETAINED UNTIL", "LAST"]
            .map(String::from)
            .into()
    }

    /// The cells of its line in a table.
    pub(crate) fn cells(&self) -> Vec<String> {
        let time =
            |time: Option<Timestamp>| time.map_or_else(|| "-".to_owned(), |time| time.to_string());
        let last = self.last.as_ref();
        vec![
            self.project.clone(),
            self.state.clone(),
            time(self.due),
            time(self.retained.iter().filter_map(|kept| kept.until).max()),
            last.map_or_else(String::new, |last| {
                format!("{} {}", last.at, shell::cut(&last.what, 300))
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
    fn a_table_tells_what_is_kept_until_when() {
        let spec = Spec::of("customer-project".parse().expect("valid"));
        let at = Timestamp::from_seconds;
        let mut record = plan::DeploymentRecord::new(spec.deployment.clone());
        let kept = |until| ResourceRecord {
            origin: Origin::Retained { until },
            uid: None,
            depends_on: [].into(),
            grants: [].into(),
        };
        let key = spec.key();
        record
            .entries
            .insert(ResourceId::Ring(key.ring().clone()), kept(None));
        record
            .entries
            .insert(ResourceId::Key(key), kept(Some(at(600))));
        let moment = |what: &str| HistoryEntry {
            at: at(60),
            what: what.to_owned(),
        };
        let deployment = |state, due, what: &str| Deployment {
            spec: Some(spec.clone()),
            state,
            due,
            asked: at(0),
            tries: 0,
            history: vec![moment(what)],
        };
        let retained = deployment(
            DeploymentState::Retained { record },
            Some(at(600)),
            "removed but",
        );
        let ready = deployment(DeploymentState::Ready, None, "set up");
        let rows = [
            Row::heads(),
            Row::of("a-project", &retained).cells(),
            Row::of("customer-project", &ready).cells(),
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
