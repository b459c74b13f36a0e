//! Makes products at events: record the start in the ledger, apply, publish the
//! projects that are ready, record the result. After a crash at any await, the next
//! delivery or an `overdue` event continues.

use crate::{
    Error, Factory, Product, Removal, Settings, Spec,
    decide::{
        RequestDecision, claim_due, decide_request, no_consent, received, record_result, refused,
    },
    event::{requested_product, requested_spec},
};
use events::{Outcome, ProductRequested};
use gcp::{Class, Classify, Client, Publisher};
use ledger::Ledger;
use names::{DeploymentId, Timestamp, TopicName};
use plan::{AttemptResult, Plan, Progress, StepEvent, attempt_backoff};
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc};

/// The making of the product that an event names, run under one identity.
pub struct Flow {
    client: Client,
    ledger: Ledger,
    publisher: Arc<dyn Publisher>,
    provisioned: TopicName,
    settings: Settings,
}

impl Flow {
    /// A flow with the identity of `client` and the products in `ledger`, which
    /// publishes to `provisioned` (`project-provisioned`).
    #[must_use]
    pub fn new(
        client: Client,
        ledger: Ledger,
        publisher: Arc<dyn Publisher>,
        provisioned: TopicName,
        settings: Settings,
    ) -> Self {
        Self {
            client,
            ledger,
            publisher,
            provisioned,
            settings,
        }
    }

    /// Handles `event`, published at `published`.
    ///
    /// # Errors
    /// The ledger could not be read or written. Other failures are an [`Outcome`]
    /// and are recorded in the ledger.
    pub async fn handle(
        &self,
        event: &ProductRequested,
        published: Timestamp,
    ) -> Result<Outcome, Error> {
        match event {
            ProductRequested::Requested { spec } => self.request(spec, published).await,
            ProductRequested::Overdue { product } => self.overdue(product).await,
        }
    }

    fn now(&self) -> Timestamp {
        self.client.clock().now()
    }

    async fn request(
        &self,
        fields: &BTreeMap<String, Value>,
        requested_at: Timestamp,
    ) -> Result<Outcome, Error> {
        let spec = match requested_spec(fields) {
            Ok(spec) => spec,
            Err(reason) => {
                if let Some(product) = requested_product(fields) {
                    let now = self.now();
                    let change = |before: &Product| refused(before, &reason, now);
                    self.change(&product, change).await?;
                }
                return Ok(Outcome::Permanent(reason));
            }
        };
        let decision = self.admit(&spec, requested_at, false).await?;
        let is_made = decision == RequestDecision::Check;
        match ended(decision) {
            Some(outcome) => Ok(outcome),
            None => self.attempt(&spec, requested_at, is_made).await,
        }
    }

    async fn overdue(&self, product: &DeploymentId) -> Result<Outcome, Error> {
        let mut claimed = None;
        let claiming = self.ledger.update::<Product>(product, |before| {
            claimed = before.and_then(|before| claim_due(before, self.now()));
            claimed.clone()
        });
        claiming.await?;
        match claimed {
            Some(Product {
                spec,
                requested_at: Some(requested_at),
                ..
            }) => self.attempt(&spec, requested_at, false).await,
            Some(_) | None => Ok(Outcome::Ignored(format!("{product} is not overdue"))),
        }
    }

    /// Decides about the request, and writes the product as it is then.
    async fn admit(
        &self,
        spec: &Spec,
        requested_at: Timestamp,
        differs: bool,
    ) -> Result<RequestDecision, Error> {
        let mut decided = None;
        let id = spec.id();
        let writing = self.ledger.update::<Product>(&id, |before| {
            let decision = decide_request(before, spec, requested_at, differs, self.now());
            let next = match &decision {
                RequestDecision::Begin(next) => Some((**next).clone()),
                RequestDecision::Refused(_, next) => next.as_deref().cloned(),
                RequestDecision::Check | RequestDecision::Superseded(_) => None,
            };
            decided = Some(decision);
            next
        });
        writing.await?;
        let undecided = || RequestDecision::Superseded("nothing was decided".to_owned());
        Ok(decided.unwrap_or_else(undecided))
    }

    /// Changes the product, if it is recorded.
    async fn change(
        &self,
        product: &DeploymentId,
        change: impl Fn(&Product) -> Product,
    ) -> Result<Option<Product>, Error> {
        let changed = self.ledger.update(product, |before| before.map(&change));
        Ok(changed.await?)
    }

    /// Makes the product. Where it `is_made` already, the beginning is recorded only
    /// if something has to be done.
    async fn attempt(
        &self,
        spec: &Spec,
        requested_at: Timestamp,
        is_made: bool,
    ) -> Result<Outcome, Error> {
        let (client, ledger) = (self.client.clone(), self.ledger.clone());
        let factory = Factory::new(client, ledger, spec, &self.settings).for_request(requested_at);
        let planned = factory.plan().await;
        if let Some(plan) = planned.as_ref().ok().filter(|_| is_made) {
            if plan.is_empty() && factory.to_announce().await?.is_empty() {
                let change = |before: &Product| received(before, requested_at);
                self.change(&spec.id(), change).await?;
                return Ok(Outcome::Duplicate);
            }
            if let Some(outcome) = ended(self.admit(spec, requested_at, true).await?) {
                return Ok(outcome);
            }
        }
        let attempted = match planned {
            Ok(plan) => self.apply(&factory, &plan).await,
            Err(error) => Err(error),
        };
        let result = match attempted {
            Ok(result) => result,
            Err(error) => failed(error)?,
        };
        let now = self.now();
        let change = |before: &Product| record_result(before, &result, requested_at, now);
        let recorded = self.change(&spec.id(), change).await?;
        Ok(match result {
            AttemptResult::Done { .. } => Outcome::Done,
            AttemptResult::Retry { reason } => {
                let failed_attempts = recorded.map_or(0, |product| product.failed_attempts);
                // This attempt is counted already.
                let after = Some(attempt_backoff(failed_attempts.saturating_sub(1)));
                Outcome::Retry { reason, after }
            }
            AttemptResult::Failed { reason } => Outcome::Permanent(reason),
        })
    }

    /// Applies `plan`, and publishes the projects that are ready then.
    async fn apply(&self, factory: &Factory, plan: &Plan) -> Result<AttemptResult, Error> {
        // A plan that is refused does nothing, and says why.
        if !plan.is_refused() {
            factory.check(plan, &Removal::default()).await?;
        }
        let result = AttemptResult::of(&factory.apply(plan, &log_step).await?);
        if let AttemptResult::Done { .. } = result {
            factory
                .announce(&*self.publisher, &self.provisioned)
                .await?;
        }
        Ok(result)
    }
}

/// How the event ends if nothing is to be applied.
fn ended(decision: RequestDecision) -> Option<Outcome> {
    match decision {
        RequestDecision::Begin(_) | RequestDecision::Check => None,
        RequestDecision::Superseded(reason) => Some(Outcome::Ignored(reason)),
        RequestDecision::Refused(reason, _) => Some(Outcome::Permanent(reason)),
    }
}

/// The result of an attempt that failed; an error if the ledger did.
fn failed(error: Error) -> Result<AttemptResult, Error> {
    let class = error.class();
    let reason = gcp::chain(&error);
    Ok(match error {
        Error::Ledger(_) => return Err(error),
        Error::Unobserved(errors) => AttemptResult::unobserved(&errors),
        Error::Record(error) => AttemptResult::unobserved(&[*error]),
        Error::Missing(missing) => AttemptResult::Failed {
            reason: format!(
                "nothing was changed: product-requested lacks {}; next: grant it its roles there, \
                 and publish the event again",
                missing.permissions()
            ),
        },
        Error::Environment(name, id) => AttemptResult::Failed {
            reason: no_consent(&name, &id),
        },
        Error::Publish(_) | Error::Lien(..) | Error::Unknown(_) => match class {
            Class::Transient | Class::Conflict => AttemptResult::Retry { reason },
            Class::Denied | Class::Invalid | Class::Bug => AttemptResult::Failed { reason },
        },
    })
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
