//! Runs setups at events: record the start in the ledger, apply, record the
//! result. After a crash at any await, the next delivery or an `overdue` event
//! continues.

use crate::{
    Admission, Deployment, DeploymentState, Deployments, Error, Settings, Setup, SetupRequest,
    Spec, admit, calls, claim_overdue,
    decide::{acknowledged, lacking, other_deployment, set_up_again},
    event, record_attempt,
    setup::is_live,
};
use events::{Outcome, ProjectProvisioned};
use gcp::{Class, Classify, Client};
use ledger::Ledger;
use names::{ProjectId, Timestamp};
use plan::{AttemptResult, DeploymentRecord, Plan, Progress, StepEvent, attempt_backoff};
use serde_json::Value;
use std::collections::BTreeMap;

/// The setup of the project that an event names, run under one identity.
pub struct Flow {
    client: Client,
    deployments: Deployments,
    settings: Settings,
}

impl Flow {
    /// A flow with the identity of `client` and the deployments in `ledger`.
    #[must_use]
    pub fn new(client: Client, ledger: Ledger, settings: Settings) -> Self {
        Self {
            deployments: Deployments::new(ledger),
            client,
            settings,
        }
    }

    /// Handles `event`, published at `published`.
    ///
    /// # Errors
    /// The ledger could not be read or written. Failures in the project are an
    /// [`Outcome`] and are recorded in the ledger.
    pub async fn handle(
        &self,
        event: &ProjectProvisioned,
        published: Timestamp,
    ) -> Result<Outcome, Error> {
        match event {
            ProjectProvisioned::Provisioned { project, spec } => {
                self.provision(project, spec, published).await
            }
            ProjectProvisioned::Overdue { project } => self.overdue(project).await,
        }
    }

    fn now(&self) -> Timestamp {
        self.client.clock().now()
    }

    async fn provision(
        &self,
        project: &ProjectId,
        spec: &BTreeMap<String, Value>,
        requested_at: Timestamp,
    ) -> Result<Outcome, Error> {
        let spec = event::requested_spec(project, spec);
        let before = self.deployments.get(project).await?;
        let remains = match &spec {
            Ok(spec) => {
                failed_setup_remains(&self.client, &self.settings, before.as_ref(), spec).await
            }
            Err(_) => true,
        };
        let request = SetupRequest { spec, requested_at };
        let mut admission = None;
        let admitted = self.deployments.change(project, |before| {
            let admitted = admit(before, remains, &request, self.now());
            let next = match &admitted {
                Admission::Begin(next) | Admission::Refused { next, .. } => Some((**next).clone()),
                Admission::Check(_) | Admission::Superseded(_) => None,
            };
            admission = Some(admitted);
            next
        });
        admitted.await?;
        match (admission, request.spec) {
            (Some(Admission::Begin(_)), Ok(spec)) => self.set_up(&spec, requested_at, None).await,
            (Some(Admission::Check(next)), Ok(spec)) => {
                self.set_up(&spec, requested_at, Some(*next)).await
            }
            (Some(Admission::Superseded(reason)), _) => Ok(Outcome::Ignored(reason)),
            (Some(Admission::Refused { reason, .. }), _) | (_, Err(reason)) => {
                Ok(Outcome::Permanent(reason))
            }
            (None, Ok(_)) => Ok(Outcome::Ignored("nothing was decided".to_owned())),
        }
    }

    async fn overdue(&self, project: &ProjectId) -> Result<Outcome, Error> {
        let mut claimed = None;
        let claiming = self.deployments.change(project, |before| {
            claimed = before.and_then(|before| claim_overdue(before, self.now()));
            claimed.clone()
        });
        claiming.await?;
        let Some(Deployment {
            spec: Some(spec),
            state,
            requested_at,
            ..
        }) = claimed
        else {
            return Ok(Outcome::Ignored(format!("{project} is not overdue")));
        };
        match state {
            DeploymentState::Applying => self.set_up(&spec, requested_at, None).await,
            DeploymentState::Removing { record } => {
                self.take_down(&spec, requested_at, &record).await
            }
            DeploymentState::Retained { record } => {
                self.finish_retained(&spec, requested_at, &record).await
            }
            DeploymentState::Ready | DeploymentState::Failed { .. } | DeploymentState::Removed => {
                Ok(Outcome::Duplicate)
            }
        }
    }

    /// Sets up the project. `start` is recorded before anything is changed in
    /// the project, and not at all if nothing has to be.
    async fn set_up(
        &self,
        spec: &Spec,
        requested_at: Timestamp,
        start: Option<Deployment>,
    ) -> Result<Outcome, Error> {
        let setup = Setup::new(self.client.clone(), spec, &self.settings);
        let planned = setup.plan().await;
        let is_empty = planned.as_ref().is_ok_and(plan::Plan::is_empty);
        for (id, surplus) in planned.iter().flat_map(plan::Plan::surplus) {
            tracing::warn!(resource = %id, %surplus, "others gave more access than the setup");
        }
        if start.is_some() && is_empty {
            let received = |before: Option<&Deployment>| {
                before.map(|before| acknowledged(before, requested_at))
            };
            self.deployments.change(&spec.project, received).await?;
        }
        if let Some(start) = start.filter(|_| !is_empty) {
            let begun = |before: Option<&Deployment>| {
                before
                    .is_none_or(|before| before.requested_at <= requested_at)
                    .then(|| start.clone())
            };
            let begun = self.deployments.change(&spec.project, begun).await?;
            if begun.is_none_or(|begun| begun.requested_at != requested_at) {
                let reason = "superseded by a request made meanwhile".to_owned();
                return Ok(Outcome::Ignored(reason));
            }
        }
        let lacking = self.lacking(&setup, spec, &planned, requested_at).await;
        let result = match (lacking, planned) {
            (Some(lacking), _) => lacking,
            (None, Err(errors)) => AttemptResult::unobserved(&errors),
            (None, Ok(plan)) if is_empty => AttemptResult::Done {
                record: DeploymentRecord::new(plan.deployment),
            },
            (None, Ok(plan)) => match setup.apply(&plan, &log_step).await {
                Ok(report) => AttemptResult::of(&report),
                Err(error) => AttemptResult::unobserved(&[error]),
            },
        };
        let outcome = self
            .record_attempt(&spec.project, requested_at, result)
            .await?;
        Ok(match is_empty && outcome == Outcome::Done {
            true => Outcome::Duplicate,
            false => outcome,
        })
    }

    /// The result if permissions are missing that the plan needs or, if the project
    /// could not be observed, the whole setup. A plan that does nothing needs none.
    async fn lacking(
        &self,
        setup: &Setup,
        spec: &Spec,
        planned: &Result<Plan, Vec<plan::Error>>,
        requested_at: Timestamp,
    ) -> Option<AttemptResult> {
        let is_denied = |error: &plan::Error| error.class() == Class::Denied;
        let missing = match planned {
            Ok(plan) if plan.is_refused() => return None,
            Ok(plan) => setup.own_missing_permissions(plan).await,
            Err(errors) if errors.iter().any(is_denied) => {
                let requests = calls::setup(spec, &self.settings);
                setup.missing_on_project(&requests).await
            }
            Err(_) => return None,
        };
        let missing = match missing {
            Ok(missing) => missing,
            Err(error) => return Some(AttemptResult::unobserved(&[error])),
        };
        let waited = self.now().since(requested_at);
        (!missing.is_empty()).then(|| lacking(&missing, waited))
    }

    async fn take_down(
        &self,
        spec: &Spec,
        requested_at: Timestamp,
        record: &DeploymentRecord,
    ) -> Result<Outcome, Error> {
        let setup = Setup::new(self.client.clone(), spec, &self.settings);
        let result = match setup.finish(record, &log_step).await {
            Ok(report) => AttemptResult::of(&report),
            Err(errors) => AttemptResult::unobserved(&errors),
        };
        self.record_attempt(&spec.project, requested_at, result)
            .await
    }

    /// Deletes what Google had retained, unless the project was set up again
    /// meanwhile. If that cannot be determined, nothing is changed.
    async fn finish_retained(
        &self,
        spec: &Spec,
        requested_at: Timestamp,
        record: &DeploymentRecord,
    ) -> Result<Outcome, Error> {
        let setup = Setup::new(self.client.clone(), spec, &self.settings);
        match setup.recorded().await {
            Ok(current) if is_live(&current) => {
                let to_ready = |before: Option<&Deployment>| {
                    let same = before.filter(|before| before.requested_at == requested_at);
                    same.map(|before| set_up_again(before, self.now()))
                };
                self.deployments.change(&spec.project, to_ready).await?;
                Ok(Outcome::Duplicate)
            }
            Ok(_) => self.take_down(spec, requested_at, record).await,
            Err(errors) => {
                let result = AttemptResult::unobserved(&errors);
                self.record_attempt(&spec.project, requested_at, result)
                    .await
            }
        }
    }

    async fn record_attempt(
        &self,
        project: &ProjectId,
        requested_at: Timestamp,
        result: AttemptResult,
    ) -> Result<Outcome, Error> {
        let recorded = self.deployments.change(project, |before| {
            before.map(|before| record_attempt(before, &result, requested_at, self.now()))
        });
        let recorded = recorded.await?;
        Ok(match result {
            AttemptResult::Done { .. } => Outcome::Done,
            AttemptResult::Retry { reason } => {
                let failed_attempts = recorded.map_or(0, |deployment| deployment.failed_attempts);
                // This attempt is counted already.
                let after = Some(attempt_backoff(failed_attempts.saturating_sub(1)));
                Outcome::Retry { reason, after }
            }
            AttemptResult::Failed { reason } => Outcome::Permanent(reason),
        })
    }
}

/// Whether parts of a failed setup exist, where `new` names another deployment
/// or bucket. A bucket that cannot be read belongs to someone else, which is why
/// the setup failed.
pub(crate) async fn failed_setup_remains(
    client: &Client,
    settings: &Settings,
    before: Option<&Deployment>,
    new: &Spec,
) -> bool {
    let failed = before.filter(|before| matches!(before.state, DeploymentState::Failed { .. }));
    let other = failed.filter(|failed| other_deployment(failed, new).is_some());
    match other.and_then(|other| other.spec.as_ref()) {
        Some(old) => {
            let setup = Setup::new(client.clone(), old, settings);
            let recorded = setup.recorded().await;
            recorded.is_ok_and(|record| !record.entries.is_empty())
        }
        None => true,
    }
}

/// Logs the progress of each step.
fn log_step(event: StepEvent<'_>) {
    let StepEvent { id, progress } = event;
    match progress {
        Progress::Started => tracing::debug!(resource = %id, "begun"),
        Progress::Waiting { reason } => tracing::info!(resource = %id, %reason, "waiting"),
        Progress::Ended(outcome) => tracing::debug!(resource = %id, ?outcome, "ended"),
    }
}
