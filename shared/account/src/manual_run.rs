//! What somebody does to a project by hand, in the ledger: the sweep finishes
//! what is left of it, and takes nothing down that was set up since.

use crate::{
    Admission, AttemptResult, Deployment, DeploymentState, Deployments, Error, Settings,
    SetupRequest, Spec, SshKey, admit, decide::is_same, flow::failed_setup_remains, record_attempt,
    remove,
};
use gcp::Client;
use ledger::Ledger;
use names::{Duration, ProjectId, Timestamp};
use plan::DeploymentRecord;

/// The ledger, for whoever sets projects up by hand.
pub struct ManualRun {
    client: Client,
    deployments: Deployments,
    settings: Settings,
}

/// Whether what somebody is about to do may begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ManualStart {
    /// It is written as begun at this time, which [`ByHand::end`] is to be told.
    Started(Timestamp),
    /// The ledger has another deployment in the project, for this reason.
    Conflict(String),
}

impl ManualRun {
    /// The ledger `ledger`, as whom `client` acts.
    #[must_use]
    pub fn new(client: Client, ledger: Ledger, settings: Settings) -> Self {
        Self {
            deployments: Deployments::new(ledger),
            client,
            settings,
        }
    }

    fn now(&self) -> Timestamp {
        self.client.clock().now()
    }

    /// Writes that the project of `spec` is about to be set up. Where it is set
    /// up already and nothing `is_to_do`, nothing is written.
    ///
    /// # Errors
    /// The ledger could not be read or written.
    pub async fn begin_apply(&self, spec: &Spec, is_to_do: bool) -> Result<ManualStart, Error> {
        let spec = without_secret(spec);
        let before = self.deployments.get(&spec.project).await?;
        let stands =
            failed_setup_remains(&self.client, &self.settings, before.as_ref(), &spec).await;
        let mut start = ManualStart::Conflict(String::new());
        let begun = self.deployments.change(&spec.project, |before| {
            let asked = latest(before, self.now());
            let wish = SetupRequest {
                spec: Ok(spec.clone()),
                asked,
            };
            start = ManualStart::Started(asked);
            match admit(before, stands, &wish, asked) {
                Admission::Begin(next) => Some(*next),
                Admission::Check(next) => is_to_do.then_some(*next),
                Admission::Superseded(why) | Admission::Refused { why, .. } => {
                    start = ManualStart::Conflict(why);
                    None
                }
            }
        });
        begun.await?;
        Ok(start)
    }

    /// Writes that what `record` knows of is about to be removed. Without one,
    /// what is known to be on its way out counts, or what bears our marks.
    ///
    /// # Errors
    /// The ledger could not be read or written.
    pub async fn begin_removal(
        &self,
        spec: &Spec,
        record: Option<&DeploymentRecord>,
    ) -> Result<ManualStart, Error> {
        let spec = without_secret(spec);
        let mut start = ManualStart::Conflict(String::new());
        let begun = self.deployments.change(&spec.project, |before| {
            if let Some(why) = before.and_then(|before| another(before, &spec)) {
                start = ManualStart::Conflict(why);
                return None;
            }
            let asked = latest(before, self.now());
            start = ManualStart::Started(asked);
            let record = record.or_else(|| before.and_then(known)).cloned();
            let record = record.unwrap_or_else(|| DeploymentRecord::new(spec.deployment.clone()));
            Some(remove(before, &spec, &record, asked))
        });
        begun.await?;
        Ok(start)
    }

    /// Writes what became of what began at `asked`.
    ///
    /// # Errors
    /// The ledger could not be read or written.
    pub async fn end(
        &self,
        project: &ProjectId,
        asked: Timestamp,
        tried: &AttemptResult,
    ) -> Result<(), Error> {
        let ended = self.deployments.change(project, |before| {
            before.map(|before| record_attempt(before, tried, asked, self.now()))
        });
        ended.await.map(|_| ())
    }

    /// Writes that nothing is there of the deployment of `spec`, so that
    /// nobody goes on to set it up.
    ///
    /// # Errors
    /// The ledger could not be read or written.
    pub async fn give_up(&self, spec: &Spec) -> Result<(), Error> {
        let spec = without_secret(spec);
        let given_up = self
            .deployments
            .change(&spec.project, |before| given_up(before?, &spec, self.now()));
        given_up.await.map(|_| ())
    }
}

/// The ledger holds no secret, and no path on somebody's own machine.
fn without_secret(spec: &Spec) -> Spec {
    let mut spec = spec.clone();
    (spec.ssh_key_file, spec.ssh_key) = (None, SshKey::Kept);
    spec
}

/// Whoever acts by hand wants it now, whatever their clock says.
fn latest(before: Option<&Deployment>, now: Timestamp) -> Timestamp {
    let after = before.map(|before| before.asked + Duration::from_micros(1));
    after.map_or(now, |after| after.max(now))
}

/// What is known to be on its way out.
fn known(before: &Deployment) -> Option<&DeploymentRecord> {
    match &before.state {
        DeploymentState::Removing { record } | DeploymentState::Retained { record } => Some(record),
        DeploymentState::Applying
        | DeploymentState::Ready
        | DeploymentState::Failed { .. }
        | DeploymentState::Removed => None,
    }
}

/// Why the ledger cannot follow a removal: one project has one entry there.
fn another(before: &Deployment, spec: &Spec) -> Option<String> {
    let old = before.spec.as_ref()?;
    let is_other = before.state != DeploymentState::Removed && !is_same(old, spec);
    is_other.then(|| {
        format!(
            "it has the deployment {} with the bucket {} in {}",
            old.deployment,
            old.bucket(),
            spec.project
        )
    })
}

/// What a deployment is that was not set up and is not wanted any more.
fn given_up(before: &Deployment, spec: &Spec, now: Timestamp) -> Option<Deployment> {
    match before.state {
        DeploymentState::Applying | DeploymentState::Failed { .. } => {}
        // Google may keep something of it.
        DeploymentState::Ready
        | DeploymentState::Removing { .. }
        | DeploymentState::Retained { .. }
        | DeploymentState::Removed => {
            return None;
        }
    }
    if another(before, spec).is_some() {
        return None;
    }
    let record = DeploymentRecord::new(spec.deployment.clone());
    let asked = latest(Some(before), now);
    let removing = remove(Some(before), spec, &record, asked);
    Some(record_attempt(
        &removing,
        &AttemptResult::Done { record },
        asked,
        asked,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn spec() -> Spec {
        Spec::of("customer-project".parse().expect("valid"))
    }

    fn deployment(state: DeploymentState) -> Deployment {
        let record = DeploymentRecord::new(spec().deployment);
        Deployment {
            state,
            ..remove(None, &spec(), &record, at(100))
        }
    }

    #[test]
    fn by_hand_is_later_than_all_before() {
        assert_eq!(latest(None, at(5)), at(5));
        let before = deployment(DeploymentState::Ready);
        assert_eq!(latest(Some(&before), at(101)), at(101));
        assert!(latest(Some(&before), at(5)) > before.asked);
    }

    #[test]
    fn only_what_was_never_set_up_is_given_up() {
        let failed = || DeploymentState::Failed {
            reason: "r".to_owned(),
        };
        for state in [DeploymentState::Applying, failed()] {
            let after = given_up(&deployment(state), &spec(), at(200)).expect("a change");
            assert_eq!((after.state, after.due), (DeploymentState::Removed, None));
        }
        let record = || DeploymentRecord::new(spec().deployment);
        for state in [
            DeploymentState::Ready,
            DeploymentState::Removing { record: record() },
            DeploymentState::Retained { record: record() },
            DeploymentState::Removed,
        ] {
            assert_eq!(given_up(&deployment(state), &spec(), at(200)), None);
        }
        let mut blue = spec();
        blue.deployment = "blue".parse().expect("valid");
        assert_eq!(given_up(&deployment(failed()), &blue, at(200)), None);
        let why = another(&deployment(DeploymentState::Ready), &blue).expect("another");
        assert!(why.contains("deployment default"), "{why}");
        assert_eq!(another(&deployment(DeploymentState::Removed), &blue), None);
    }
}
