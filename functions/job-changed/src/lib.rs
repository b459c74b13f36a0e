//! `job-changed`: what happens to a job after it was queued.
//!
//! Machines report on a topic of their own, and a report is valid only with the
//! identity token of the attempt's machine: the job's code shares the machine's
//! account, so a message alone proves nothing. Users and the sweep publish on a
//! topic that machines cannot publish to.

mod error;
mod event;

pub use error::Error;
pub use event::Event;

use event::{CHANGES, REPORTS};
use events::{JobChanged, JobReported};
use gcp::{Class, Classify};
use jobs::{Flow, Input, ReportSender, Settings};
use names::{EnvVar, ServiceAccountEmail, Timestamp, VolumeName};
use runtime::{Delivery, Function, Outcome, Trigger, Verifier, Wiring};
use std::sync::Arc;

/// The handler of the function `job-changed`.
pub struct Handler {
    settings: Settings,
    flow: Flow,
    verifier: Arc<Verifier>,
}

/// The function with the clients of `wiring`.
pub fn build(settings: &Settings, wiring: &Wiring) -> Handler {
    let flow = Flow::connect(settings, &wiring.client);
    Handler::new(settings.clone(), flow, wiring.verifier.clone())
}

impl Handler {
    /// The function with the given flow.
    #[must_use]
    pub fn new(settings: Settings, flow: Flow, verifier: Arc<Verifier>) -> Self {
        Self {
            settings,
            flow,
            verifier,
        }
    }

    /// The machine that sent the report, from its identity token.
    async fn sender(&self, report: &JobReported, now: Timestamp) -> Result<ReportSender, Error> {
        let claims = self
            .verifier
            .verify(&report.identity, &self.settings.audience, now)
            .await
            .map_err(Error::Identity)?;
        let machine = claims
            .google
            .as_ref()
            .filter(|m| m.project_id == self.settings.project.as_str())
            .filter(|_| claims.email_verified)
            .ok_or(Error::NoMachine)?;
        let account: ServiceAccountEmail = claims
            .email
            .as_deref()
            .and_then(|email| email.parse().ok())
            .ok_or(Error::NoMachine)?;
        // `jobs::decide` checks that the job runs as this account.
        let volume = if account == self.settings.instances_account {
            None
        } else {
            let volume = VolumeName::from_account(&account, &self.settings.project);
            Some(volume.ok_or(Error::NoMachine)?)
        };
        let name = &machine.instance_name;
        let (job, attempt) =
            (self.settings.deployment_id().attempt_of(name)).ok_or(Error::NoMachine)?;
        Ok(ReportSender {
            job,
            attempt,
            zone: machine.zone.parse().map_err(|_| Error::NoMachine)?,
            volume,
        })
    }
}

impl Function for Handler {
    const NAME: &'static str = "job-changed";
    const TRIGGERS: &'static [Trigger] = &[CHANGES, REPORTS];
    const VARIABLES: &'static [EnvVar] = Settings::VARIABLES;
    type Event = Event;
    type Error = Error;

    async fn handle(&self, event: Event, delivery: &Delivery) -> Result<Outcome, Error> {
        let (job, input) = match event {
            Event::Reported(report) => {
                let sender = self.sender(&report, delivery.now).await?;
                let input = Input::Report {
                    attempt: report.attempt,
                    sender,
                    report: report.report,
                };
                (report.job, input)
            }
            Event::Changed(JobChanged::Cancelled { job }) => (job, Input::Cancelled),
            Event::Changed(JobChanged::Overdue { job }) => (job, Input::Overdue),
            Event::Changed(JobChanged::Inventory) => {
                return match self.flow.inventory().await {
                    // A project that revoked its access has said so for good;
                    // the next tick asks again.
                    Err(error @ jobs::Error::Inventory(_)) if error.class() == Class::Denied => {
                        Ok(Outcome::Ignored(gcp::chain(&error)))
                    }
                    done => done.map(|_| Outcome::Done).map_err(Error::from),
                };
            }
        };
        Ok(self.flow.handle(&job, &input).await?)
    }
}
