//! Runs setups at events: record the start in the ledger, apply, record the
//! result. After a crash at any await, the next delivery or an `overdue` event
//! continues.

use crate::{
    Admission, AttemptResult, Deployment, DeploymentState, Deployments, Error, Settings, Setup,
    SetupRequest, Spec, admit, claim_overdue,
    decide::{acknowledged, backoff, is_same, set_up_again},
    event, record_attempt,
    setup::is_live,
};
use events::{Outcome, ProjectProvisioned};
use gcp::Client;
use ledger::Ledger;
use names::{ProjectId, Timestamp};
use plan::{DeploymentRecord, Progress, StepEvent};
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
        asked: Timestamp,
    ) -> Result<Outcome, Error> {
        let spec = event::asked_for(project, spec);
        let before = self.deployments.get(project).await?;
        let stands = match &spec {
            Ok(spec) => {
                failed_setup_remains(&self.client, &self.settings, before.as_ref(), spec).await
            }
            Err(_) => true,
        };
        let wish = SetupRequest { spec, asked };
        let mut admission = None;
        let admitted = self.deployments.change(project, |before| {
            let admitted = admit(before, stands, &wish, self.now());
            let next = match &admitted {
                Admission::Begin(next) | Admission::Refused { next, .. } => Some((**next).clone()),
                Admission::Check(_) | Admission::Superseded(_) => None,
            };
            admission = Some(admitted);
            next
        });
        admitted.await?;
        match (admission, wish.spec) {
            (Some(Admission::Begin(_)), Ok(spec)) => self.set_up(&spec, asked, None).await,
            (Some(Admission::Check(next)), Ok(spec)) => {
                self.set_up(&spec, asked, Some(*next)).await
            }
            (Some(Admission::Superseded(why)), _) => Ok(Outcome::Ignored(why)),
            (Some(Admission::Refused { why, .. }), _) | (_, Err(why)) => {
                Ok(Outcome::Permanent(why))
            }
            (None, Ok(_)) => Ok(Outcome::Ignored("nobody was asked".to_owned())),
        }
    }

    async fn overdue(&self, project: &ProjectId) -> Result<Outcome, Error> {
        let mut taken = None;
        let taking = self.deployments.change(project, |before| {
            taken = before.and_then(|before| claim_overdue(before, self.now()));
            taken.clone()
        });
        taking.await?;
        let Some(Deployment {
            spec: Some(spec),
            state,
            asked,
            ..
        }) = taken
        else {
            return Ok(Outcome::Ignored(format!("{project} is not overdue")));
        };
        match state {
            DeploymentState::Applying => self.set_up(&spec, asked, None).await,
            DeploymentState::Removing { record } => self.take_down(&spec, asked, &record).await,
            DeploymentState::Retained { record } => {
                self.finish_retained(&spec, asked, &record).await
            }
            DeploymentState::Ready | DeploymentState::Failed { .. } | DeploymentState::Removed => {
                Ok(Outcome::Duplicate)
            }
        }
    }

    /// Sets up the project. `first` is recorded before anything is changed in
    /// the project.
    async fn set_up(
        &self,
        spec: &Spec,
        asked: Timestamp,
        first: Option<Deployment>,
    ) -> Result<Outcome, Error> {
        let setup = Setup::new(self.client.clone(), spec, &self.settings);
        let looked = setup.plan().await;
        let is_empty = looked.as_ref().is_ok_and(plan::Plan::is_empty);
        if first.is_some() && is_empty {
            let heard =
                |before: Option<&Deployment>| before.map(|before| acknowledged(before, asked));
            self.deployments.change(&spec.project, heard).await?;
        }
        if let Some(first) = first.filter(|_| !is_empty) {
            let begun = |before: Option<&Deployment>| {
                before
                    .is_none_or(|before| before.asked <= asked)
                    .then(|| first.clone())
            };
            let begun = self.deployments.change(&spec.project, begun).await?;
            if begun.is_none_or(|begun| begun.asked != asked) {
                let why = "something else was asked meanwhile".to_owned();
                return Ok(Outcome::Ignored(why));
            }
        }
        let tried = match looked {
            Err(errors) => AttemptResult::unobserved(&errors),
            Ok(plan) if is_empty => AttemptResult::Done {
                record: DeploymentRecord::new(plan.deployment),
            },
            Ok(plan) => match setup.apply(&plan, &log_step).await {
                Ok(report) => AttemptResult::of(&report),
                Err(error) => AttemptResult::unobserved(&[error]),
            },
        };
        let outcome = self.record_attempt(&spec.project, asked, tried).await?;
        Ok(match is_empty && outcome == Outcome::Done {
            true => Outcome::Duplicate,
            false => outcome,
        })
    }

    async fn take_down(
        &self,
        spec: &Spec,
        asked: Timestamp,
        record: &DeploymentRecord,
    ) -> Result<Outcome, Error> {
        let setup = Setup::new(self.client.clone(), spec, &self.settings);
        let tried = match setup.finish(record, &log_step).await {
            Ok(report) => AttemptResult::of(&report),
            Err(errors) => AttemptResult::unobserved(&errors),
        };
        self.record_attempt(&spec.project, asked, tried).await
    }

    /// Deletes what Google had retained, unless the project was set up again
    /// meanwhile. If that cannot be determined, nothing is changed.
    async fn finish_retained(
        &self,
        spec: &Spec,
        asked: Timestamp,
        record: &DeploymentRecord,
    ) -> Result<Outcome, Error> {
        let setup = Setup::new(self.client.clone(), spec, &self.settings);
        match setup.record().await {
            Ok(Some(there)) if is_live(&there) => {
                let again = |before: Option<&Deployment>| {
                    let same = before.filter(|before| before.asked == asked);
                    same.map(|before| set_up_again(before, self.now()))
                };
                self.deployments.change(&spec.project, again).await?;
                Ok(Outcome::Duplicate)
            }
            Ok(_) => self.take_down(spec, asked, record).await,
            Err(error) => {
                let tried = AttemptResult::unobserved(&[error]);
                self.record_attempt(&spec.project, asked, tried).await
            }
        }
    }

    async fn record_attempt(
        &self,
        project: &ProjectId,
        asked: Timestamp,
        tried: AttemptResult,
    ) -> Result<Outcome, Error> {
        let settled = self.deployments.change(project, |before| {
            before.map(|before| record_attempt(before, &tried, asked, self.now()))
        });
        let settled = settled.await?;
        Ok(match tried {
            AttemptResult::Done { .. } => Outcome::Done,
            AttemptResult::Retry { why } => {
                let tries = settled.map_or(0, |deployment| deployment.tries.saturating_sub(1));
                let after = backoff(tries);
                Outcome::Retry {
                    reason: why,
                    after: Some(after),
                }
            }
            AttemptResult::Failed { why } => Outcome::Permanent(why),
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
    match failed.and_then(|failed| failed.spec.as_ref()) {
        Some(old) if !is_same(old, new) => {
            let setup = Setup::new(client.clone(), old, settings);
            setup.record().await.is_ok_and(|record| record.is_some())
        }
        Some(_) | None => true,
    }
}

/// Logs the progress of each step.
fn log_step(event: StepEvent<'_>) {
    let StepEvent { id, progress } = event;
    match progress {
        Progress::Started => tracing::debug!(resource = %id, "begun"),
        Progress::Waiting { why } => tracing::info!(resource = %id, %why, "waits"),
        Progress::Ended(outcome) => tracing::debug!(resource = %id, ?outcome, "ended"),
    }
}
