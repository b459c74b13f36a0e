//! Runs the job flow: load, decide, commit, perform the effects, decide on their
//! results.

use crate::{
    Decide, Decision, Effect, EffectRunner, Error, Input, Job, Settings, admit, cancel_ahead,
    decide, reject,
};
use events::{JobQueued, Outcome};
use gcp::Request;
use ledger::{Creation, Entry, Lease, Ledger, Loaded, RecordChange};
use names::{Clock, JobId, Timestamp};
use std::{collections::VecDeque, sync::Arc};

/// The job flow, run under one identity.
pub struct Flow {
    settings: Arc<Settings>,
    ledger: Ledger,
    effects: EffectRunner,
    clock: Arc<dyn Clock>,
    decide: Decide,
}

impl Flow {
    /// A flow whose jobs are stored in `ledger`.
    #[must_use]
    pub fn new(
        settings: Arc<Settings>,
        ledger: Ledger,
        effects: EffectRunner,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            settings,
            ledger,
            effects,
            clock,
            decide,
        }
    }

    /// A flow on the deployment that `settings` describes, with the identity of
    /// `client`.
    #[must_use]
    pub fn connect(settings: &Settings, client: &gcp::Client) -> Self {
        let settings = Arc::new(settings.clone());
        let ledger = Ledger::new(client.clone(), settings.database.clone());
        let effects = EffectRunner::new(settings.clone(), client);
        Self::new(settings, ledger, effects, client.clock().clone())
    }

    /// The same flow with another decision function, so that a simulation can
    /// show that it detects a wrong one.
    #[must_use]
    pub fn with_decision(self, decide: Decide) -> Self {
        Self { decide, ..self }
    }

    /// The ledger that the flow's jobs are stored in.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// A sample of every request of `job-queued` and `maintenance-noticed`,
    /// besides dead letters.
    #[must_use]
    pub fn calls(settings: &Settings) -> Vec<Request> {
        let mut calls = Ledger::calls(&settings.database);
        calls.extend(EffectRunner::calls(settings));
        calls
    }

    /// A sample of every request of `job-changed`, besides dead letters.
    #[must_use]
    pub fn calls_when_overdue(settings: &Settings) -> Vec<Request> {
        let mut calls = Self::calls(settings);
        calls.extend(EffectRunner::listing_calls(settings));
        calls
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(crate) fn effects(&self) -> &EffectRunner {
        &self.effects
    }

    /// Admits a queued job, once: delivered again, the event only continues
    /// what was begun.
    ///
    /// # Errors
    /// A call failed; delivering the event again continues where this ended.
    pub async fn queue(&self, event: &JobQueued) -> Result<Outcome, Error> {
        let now = self.clock.now();
        let decision = match &event.spec {
            Ok(spec) => match self.settings.lack_for(spec) {
                Some(lack) => reject(lack, now),
                None => admit(spec.clone(), &self.settings.zones, now),
            },
            Err(fault) => reject(&fault.to_string(), now),
        };
        let Decision { job, effects, .. } = decision;
        let created = self.ledger.create_or_load(&event.job, &job, effects);
        let created = created.await?;
        if let Some(Loaded { entry, effects }) = created.loaded {
            self.perform(created.lease, entry, effects).await?;
        }
        Ok(match created.output {
            Creation::Created => Outcome::Done,
            Creation::Existed => Outcome::Duplicate,
        })
    }

    /// Decides what `input` means for the job `id`, and performs the effects.
    ///
    /// # Errors
    /// A call failed, or others kept writing; delivering the event again
    /// continues where this ended.
    pub async fn handle(&self, id: &JobId, input: &Input) -> Result<Outcome, Error> {
        let decided = self
            .ledger
            .decide(id, |loaded: Option<&Loaded<Job, Effect>>| {
                let loaded = loaded.map(|Loaded { entry, effects }| (&entry.record, &effects[..]));
                change(self.decide, id.as_str(), loaded, input, self.clock.now())
            });
        let decided = decided.await?;
        let (outcome, effects) = decided.output;
        if let Some(loaded) = decided.loaded {
            self.perform(decided.lease, loaded.entry, effects).await?;
        }
        Ok(outcome)
    }

    /// Performs `effects` and decides on their results, until no effect is left.
    async fn perform(
        &self,
        mut lease: Lease<'_, Job, Effect>,
        mut entry: Entry<Job>,
        effects: Vec<Effect>,
    ) -> Result<(), Error> {
        let id = entry.id.clone();
        let mut queue = VecDeque::from(effects);
        while let Some(effect) = queue.pop_front() {
            let result = self.effects.run(&id, &entry.record, &effect).await?;
            tracing::debug!(job.id = %id, ?effect, ?result, "performed");
            let job = &entry.record;
            let decision = (self.decide)(id.as_str(), job, &result, self.clock.now());
            if decision.job != *job {
                entry = lease.replace(&decision.job, &decision.effects).await?;
                queue.clear();
            }
            queue.extend(decision.effects);
        }
        Ok(())
    }
}

/// What to commit of a stored job, whose `pending` effects may not have been
/// performed, the outcome, and the effects to perform afterwards.
fn change(
    decide: Decide,
    id: &str,
    stored: Option<(&Job, &[Effect])>,
    input: &Input,
    now: Timestamp,
) -> (RecordChange<Job, Effect>, (Outcome, Vec<Effect>)) {
    let Some((job, pending)) = stored else {
        return change_unknown(input, now);
    };
    if *input == Input::Overdue {
        if job.due.is_none_or(|due| due > now) {
            return (RecordChange::Keep, (Outcome::Duplicate, Vec::new()));
        }
        // Committed effects that may not have been performed come first: an
        // observation would not show them.
        if !pending.is_empty() {
            return (RecordChange::Keep, (Outcome::Done, pending.to_vec()));
        }
    }
    let Decision {
        job: next,
        effects,
        outcome,
    } = decide(id, job, input, now);
    if next != *job {
        (
            RecordChange::Commit(next, effects.clone()),
            (outcome, effects),
        )
    } else if effects.is_empty() {
        // The event may be a redelivery whose effects failed before.
        (RecordChange::Keep, (outcome, pending.to_vec()))
    } else {
        (RecordChange::Keep, (outcome, effects))
    }
}

/// Events arrive in any order: a job that is not stored may be on its way.
fn change_unknown(
    input: &Input,
    now: Timestamp,
) -> (RecordChange<Job, Effect>, (Outcome, Vec<Effect>)) {
    if *input != Input::Cancelled {
        let outcome = Outcome::ignored("job not found");
        return (RecordChange::Keep, (outcome, Vec::new()));
    }
    let Decision {
        job,
        effects,
        outcome,
    } = cancel_ahead(now);
    (
        RecordChange::Commit(job, effects.clone()),
        (outcome, effects),
    )
}

#[cfg(test)]
mod tests;
