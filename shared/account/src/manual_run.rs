//! Records manual runs in the ledger, so that the sweep finishes what they leave,
//! and does not delete what they have set up.

use crate::{
    Admission, Deployment, DeploymentState, Deployments, Error, Settings, SetupRequest, Spec,
    SshKey, admit, decide::other_deployment, flow::failed_setup_remains, record_attempt, remove,
};
use gcp::Client;
use ledger::Ledger;
use names::{Duration, ProjectId, Timestamp};
use plan::{AttemptResult, DeploymentRecord};

/// Records that a user sets up a project, or deletes its setup.
pub struct ManualRun {
    client: Client,
    deployments: Deployments,
    settings: Settings,
}

/// Whether a manual run may begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ManualStart {
    /// The run is recorded with this time, which [`ManualRun::end`] needs.
    Started(Timestamp),
    /// The ledger has another deployment in the project.
    Conflict(String),
}

impl ManualRun {
    /// Records runs in `ledger`, and reads projects through `client`.
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

    /// Records that the project of `spec` is about to be set up. Nothing is written
    /// if it is set up already and its plan has no changes.
    ///
    /// # Errors
    /// The ledger could not be read or written.
    pub async fn begin_apply(&self, spec: &Spec, has_changes: bool) -> Result<ManualStart, Error> {
        let spec = without_secret(spec);
        let before = self.deployments.get(&spec.project).await?;
        let remains =
            failed_setup_remains(&self.client, &self.settings, before.as_ref(), &spec).await;
        let mut start = ManualStart::Conflict(String::new());
        let begun = self.deployments.change(&spec.project, |before| {
            let requested_at = request_time(before, self.now());
            let request = SetupRequest {
                spec: Ok(spec.clone()),
                requested_at,
            };
            start = ManualStart::Started(requested_at);
            match admit(before, remains, &request, requested_at) {
                Admission::Begin(next) => Some(*next),
                Admission::Check(next) => has_changes.then_some(*next),
                Admission::Superseded(reason) | Admission::Refused { reason, .. } => {
                    start = ManualStart::Conflict(reason);
                    None
                }
            }
        });
        begun.await?;
        Ok(start)
    }

    /// Why the deployment of `spec` may be neither revoked nor removed: the ledger
    /// has another one in its project. Only reads.
    ///
    /// # Errors
    /// The ledger could not be read.
    pub async fn conflict(&self, spec: &Spec) -> Result<Option<String>, Error> {
        let before = self.deployments.get(&spec.project).await?;
        Ok(before.and_then(|before| conflict(&before, spec)))
    }

    /// Records that the resources in `record` are about to be removed. Without a
    /// record, that of a removal in progress is used, or an empty one: then the
    /// marks count.
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
            if let Some(reason) = before.and_then(|before| conflict(before, &spec)) {
                start = ManualStart::Conflict(reason);
                return None;
            }
            let requested_at = request_time(before, self.now());
            start = ManualStart::Started(requested_at);
            let record = record.or_else(|| before.and_then(removal_record)).cloned();
            let record = record.unwrap_or_else(|| DeploymentRecord::new(spec.deployment_id()));
            Some(remove(before, &spec, &record, requested_at))
        });
        begun.await?;
        Ok(start)
    }

    /// Records the result of the run that began at `requested_at`.
    ///
    /// # Errors
    /// The ledger could not be read or written.
    pub async fn end(
        &self,
        project: &ProjectId,
        requested_at: Timestamp,
        result: &AttemptResult,
    ) -> Result<(), Error> {
        let ended = self.deployments.change(project, |before| {
            before.map(|before| record_attempt(before, result, requested_at, self.now()))
        });
        ended.await.map(|_| ())
    }

    /// Records that nothing exists of the deployment of `spec`, so that its setup is
    /// not continued.
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

/// The ledger contains neither secrets nor local paths.
fn without_secret(spec: &Spec) -> Spec {
    let mut spec = spec.clone();
    (spec.ssh_key_file, spec.ssh_key) = (None, SshKey::Kept);
    spec
}

/// The time of a new manual request: after every earlier one, even if the user's
/// clock is slow.
fn request_time(before: Option<&Deployment>, now: Timestamp) -> Timestamp {
    let after = before.map(|before| before.requested_at + Duration::from_micros(1));
    after.map_or(now, |after| after.max(now))
}

/// The record of a removal in progress.
fn removal_record(before: &Deployment) -> Option<&DeploymentRecord> {
    match &before.state {
        DeploymentState::Removing { record } | DeploymentState::Retained { record } => Some(record),
        DeploymentState::Applying
        | DeploymentState::Ready
        | DeploymentState::Failed { .. }
        | DeploymentState::Removed => None,
    }
}

/// Why a removal or revocation is refused: the ledger has another deployment of
/// the project, which is not removed.
fn conflict(before: &Deployment, spec: &Spec) -> Option<String> {
    let exists = before.state != DeploymentState::Removed;
    exists.then(|| other_deployment(before, spec))?
}

/// The state of a deployment that was never set up and is no longer requested.
fn given_up(before: &Deployment, spec: &Spec, now: Timestamp) -> Option<Deployment> {
    match before.state {
        DeploymentState::Applying | DeploymentState::Failed { .. } => {}
        // Google may retain resources.
        DeploymentState::Ready
        | DeploymentState::Removing { .. }
        | DeploymentState::Retained { .. }
        | DeploymentState::Removed => {
            return None;
        }
    }
    if conflict(before, spec).is_some() {
        return None;
    }
    let record = DeploymentRecord::new(spec.deployment_id());
    let requested_at = request_time(Some(before), now);
    let removing = remove(Some(before), spec, &record, requested_at);
    Some(record_attempt(
        &removing,
        &AttemptResult::Done { record },
        requested_at,
        requested_at,
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
        let record = DeploymentRecord::new(spec().deployment_id());
        Deployment {
            state,
            ..remove(None, &spec(), &record, at(100))
        }
    }

    #[test]
    fn a_manual_request_is_later_than_all_earlier_ones() {
        assert_eq!(request_time(None, at(5)), at(5));
        let before = deployment(DeploymentState::Ready);
        assert_eq!(request_time(Some(&before), at(101)), at(101));
        assert!(request_time(Some(&before), at(5)) > before.requested_at);
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
        let record = || DeploymentRecord::new(spec().deployment_id());
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
        let reason = conflict(&deployment(DeploymentState::Ready), &blue).expect("another");
        assert!(reason.contains("deployment default"), "{reason}");
        assert_eq!(conflict(&deployment(DeploymentState::Removed), &blue), None);
    }
}
