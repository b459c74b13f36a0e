//! The shell: load, decide, commit, perform, feed the results back.

use crate::{
    Decide, Effect, EffectRunner, Error, Input, Job, Settings, Verdict, admit, decide, reject,
};
use events::JobQueued;
use ledger::{Entry, Lease, Ledger};
use names::{Clock, JobId};
use std::{collections::VecDeque, sync::Arc};

/// How often a decision is made anew because somebody else wrote first.
const CONTENTIONS: usize = 5;

/// The job flow as one identity.
pub struct Flow {
    settings: Arc<Settings>,
    ledger: Ledger,
    effects: EffectRunner,
    clock: Arc<dyn Clock>,
    decide: Decide,
}

impl Flow {
    /// The flow whose jobs `ledger` keeps and whose effects `perform` performs.
    #[must_use]
    pub fn new(
        settings: Arc<Settings>,
        ledger: Ledger,
        perform: EffectRunner,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            settings,
            ledger,
            effects: perform,
            clock,
            decide,
        }
    }

    /// The flow as whom `client` acts, on the deployment that `settings` tells of.
    #[must_use]
    pub fn connect(settings: &Settings, client: &gcp::Client) -> Self {
        let settings = Arc::new(settings.clone());
        let ledger = Ledger::new(client.clone(), settings.database.clone());
        let perform = EffectRunner::new(settings.clone(), client);
        Self::new(settings, ledger, perform, client.clock().clone())
    }

    /// The same flow with another decision, so that a simulation can show
    /// that it would find a wrong one.
    #[must_use]
    pub fn with_decision(self, decide: Decide) -> Self {
        Self { decide, ..self }
    }

    /// The ledger that the flow's jobs are kept in.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    pub(crate) fn now(&self) -> names::Timestamp {
        self.clock.now()
    }

    pub(crate) fn perform(&self) -> &EffectRunner {
        &self.effects
    }

    /// Takes a job in. Told again, it sees that what was begun is done.
    ///
    /// # Errors
    /// A call failed; delivering the event again continues where this ended.
    pub async fn queue(&self, event: &JobQueued) -> Result<Verdict, Error> {
        let now = self.clock.now();
        let (job, effects) = match &event.spec {
            Ok(spec) if spec.ssh_key && self.settings.key.is_none() => {
                let reason = "ssh_key: this groundcrew knows of none: GROUNDCREW_KEY is not set";
                (reject(reason, now), Vec::new())
            }
            Ok(spec) => {
                let decision = admit(spec.clone(), &self.settings.zones, now);
                (decision.job, decision.effects)
            }
            Err(fault) => (reject(&fault.to_string(), now), Vec::new()),
        };
        let mut seat = self.ledger.lease::<Job, Effect>(event.job.as_str()).await;
        match seat.create(&job, &effects).await {
            Ok(entry) => {
                self.perform_all(&mut seat, entry, effects).await?;
                Ok(Verdict::Acted)
            }
            Err(ledger::Error::Exists { .. }) => {
                if let Some(loaded) = seat.reload().await? {
                    self.perform_all(&mut seat, loaded.entry, loaded.effects)
                        .await?;
                }
                Ok(Verdict::Known)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Tells the job `id` what happened to it.
    ///
    /// # Errors
    /// A call failed, or others kept writing; delivering the event again
    /// continues where this ended.
    pub async fn handle(&self, id: &JobId, input: &Input) -> Result<Verdict, Error> {
        let mut seat = self.ledger.lease::<Job, Effect>(id.as_str()).await;
        // Overdue is only what the present job is: not worth a memory.
        let mut remembered = *input != Input::Overdue;
        for _ in 0..CONTENTIONS {
            let loaded = if remembered {
                seat.load().await?
            } else {
                seat.reload().await?
            };
            let Some(loaded) = loaded else {
                return Ok(Verdict::Ignored("there is no such job"));
            };
            let job = &loaded.entry.record;
            if *input == Input::Overdue {
                if job.due.is_none_or(|due| due > self.clock.now()) {
                    return Ok(Verdict::Known);
                }
                // What was committed and not confirmed comes before a look at
                // the world, which would not show it.
                if !loaded.effects.is_empty() {
                    self.perform_all(&mut seat, loaded.entry, loaded.effects)
                        .await?;
                    return Ok(Verdict::Acted);
                }
            }
            let decision = (self.decide)(id.as_str(), job, input, self.clock.now());
            if decision.job != *job {
                let written = seat.replace(&decision.job, &decision.effects).await;
                match written {
                    Ok(entry) => self.perform_all(&mut seat, entry, decision.effects).await?,
                    Err(ledger::Error::Conflict { .. }) => continue,
                    Err(error) => return Err(error.into()),
                }
            } else if seat.is_cached() {
                // Only a commit proves that a remembered job is the present one.
                remembered = false;
                continue;
            } else if decision.effects.is_empty() {
                // Perhaps this event came before, and its effects failed.
                self.perform_all(&mut seat, loaded.entry, loaded.effects)
                    .await?;
            } else {
                self.perform_all(&mut seat, loaded.entry, decision.effects)
                    .await?;
            }
            return Ok(decision.verdict);
        }
        Err(Error::Contended { job: id.clone() })
    }

    async fn perform_all(
        &self,
        seat: &mut Lease<'_, Job, Effect>,
        mut entry: Entry<Job>,
        effects: Vec<Effect>,
    ) -> Result<(), Error> {
        let id: JobId = entry.id.parse().map_err(|_| Error::Id(entry.id.clone()))?;
        let mut queue = VecDeque::from(effects);
        while let Some(effect) = queue.pop_front() {
            let result = self.effects.run(&id, &entry.record, &effect).await?;
            tracing::debug!(job.id = %id, ?effect, ?result, "performed");
            let job = &entry.record;
            let decision = (self.decide)(id.as_str(), job, &result, self.clock.now());
            if decision.job != *job {
                entry = seat.replace(&decision.job, &decision.effects).await?;
                queue.clear();
            }
            queue.extend(decision.effects);
        }
        Ok(())
    }
}
