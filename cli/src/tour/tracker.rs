//! Follows one job and prints each step as it is observed.
//!
//! It does not poll: each observed call is the occasion to read what it changed.

use super::{
    cleanup,
    observation::{self, Observation, ObservedCall},
    step::{Step, StepPrinter},
};
use crate::{
    job::{logs::Log, show},
    local::Local,
    shell,
    target::Target,
};
use anyhow::{Result, bail};
use jobs::{Job, JobOutcome};
use names::{Attempt, Duration, JobId, JobObjects, Timestamp};
use simulator::Command;
use std::collections::BTreeSet;
use tokio::{
    sync::mpsc::UnboundedReceiver,
    time::{Instant, sleep, sleep_until},
};

/// After a denial, how long to wait for another step before giving up.
const INACTIVITY_TIMEOUT: Duration = Duration::from_secs(10);
/// How long to collect observations before they are sorted by time: calls and
/// commands arrive on different channels.
const REORDER_WINDOW: Duration = Duration::from_millis(5);

pub(super) struct JobTracker<'a> {
    local: &'a Local,
    target: &'a Target,
    id: &'a JobId,
    observations: UnboundedReceiver<Observation>,
    printer: StepPrinter,
    log: Log,
    /// Output after the last newline.
    partial_line: Vec<u8>,
    /// The number of history entries that are printed.
    printed_history: usize,
    printed: BTreeSet<Step>,
    calls: Vec<ObservedCall>,
    /// Each denied permission with its principal, and Google's message.
    denials: Vec<(String, String)>,
    last_step: Instant,
}

impl<'a> JobTracker<'a> {
    pub(super) fn new(
        local: &'a Local,
        target: &'a Target,
        id: &'a JobId,
        observations: UnboundedReceiver<Observation>,
    ) -> Self {
        Self {
            local,
            target,
            id,
            observations,
            printer: StepPrinter::new(target.now()),
            log: Log::new(target, JobObjects::new(id, None), Attempt::FIRST),
            partial_line: Vec::new(),
            printed_history: 0,
            printed: BTreeSet::new(),
            calls: Vec::new(),
            denials: Vec::new(),
            last_step: Instant::now(),
        }
    }

    /// Every observed call.
    pub(super) fn calls(&self) -> &[ObservedCall] {
        &self.calls
    }

    /// The names of the steps that were not observed.
    pub(super) fn missing(&self) -> Vec<&'static str> {
        let missing = Step::ALL.iter().filter(|step| !self.printed.contains(step));
        missing.map(|step| step.name()).collect()
    }

    /// `text`, followed by the denials that it does not quote already.
    pub(super) fn with_denials(&self, text: &str) -> String {
        let not_quoted = (self.denials.iter()).filter(|(_, message)| !text.contains(message));
        let denied = not_quoted.map(|(what, message)| format!("denied: {what}: {message}"));
        std::iter::once(text.to_owned())
            .chain(denied)
            .collect::<Vec<_>>()
            .join("; ")
    }

    /// Records the remaining calls without printing them.
    pub(super) fn drain(&mut self) {
        while let Ok(observation) = self.observations.try_recv() {
            if let Observation::Call(call) = observation {
                self.calls.push(*call);
            }
        }
    }

    /// Prints the steps of the job until it is done and its machine is gone.
    pub(super) async fn follow(&mut self) -> Result<JobOutcome> {
        loop {
            let inactive = sleep_until(self.last_step + INACTIVITY_TIMEOUT);
            tokio::select! {
                biased;
                Some(first) = self.observations.recv() => {
                    sleep(REORDER_WINDOW).await;
                    let mut batch = vec![first];
                    while let Ok(next) = self.observations.try_recv() {
                        batch.push(next);
                    }
                    batch.sort_by_key(Observation::at);
                    for observation in batch {
                        if let Some(outcome) = self.handle(observation).await? {
                            self.check_cleanup().await?;
                            return Ok(outcome);
                        }
                    }
                }
                () = inactive, if !self.denials.is_empty() => {
                    bail!("no step for {} s", INACTIVITY_TIMEOUT.as_secs())
                }
            }
        }
    }

    async fn handle(&mut self, observation: Observation) -> Result<Option<JobOutcome>> {
        match observation {
            Observation::Call(call) => self.handle_call(*call).await,
            Observation::Command(at, command) => self.handle_command(at, &command).map(|()| None),
        }
    }

    fn print(&mut self, at: Timestamp, step: Step, actor: &str, what: &str) -> Result<()> {
        self.last_step = Instant::now();
        self.printed.insert(step);
        self.printer.print(at, step.name(), actor, what)?;
        Ok(())
    }

    /// Returns the outcome of the job, if this call recorded it.
    async fn handle_call(&mut self, call: ObservedCall) -> Result<Option<JobOutcome>> {
        self.calls.push(call.clone());
        let (at, actor) = (call.audit.time, call.caller());
        let resource = call.audit.resource.as_str();
        if !call.denied().is_empty() {
            self.print_denials(&call)?;
        }
        if call.audit.status >= 300 {
            return Ok(None);
        }
        let deployment = &self.target.deployment;
        let is_to = |topic: &names::TopicName| resource.ends_with(&topic.to_string());
        match call.audit.method {
            "pubsub.projects.topics.publish" if is_to(&deployment.queue) => {
                let what = format!("the job, to topic {}", deployment.queue.id());
                self.print(at, Step::Published, actor, &what)?;
            }
            "pubsub.projects.topics.publish" if is_to(&deployment.settings.reports) => {
                let what = format!("the agent, to topic {}", deployment.settings.reports.id());
                self.print(at, Step::Reported, actor, &what)?;
            }
            _ if call.is_operators() => {}
            "firestore.projects.databases.documents.commit" => {
                return self.print_history(at, actor).await;
            }
            "compute.instances.insert" => {
                self.print(at, Step::Inserted, actor, &observation::instance(resource))?;
            }
            "compute.instances.delete" => {
                self.print(at, Step::Deleted, actor, &observation::instance(resource))?;
            }
            "storage.objects.insert" => {
                let claim = JobObjects::new(self.id, None).claim(Attempt::FIRST);
                let instances = deployment.settings.instances_account.as_str();
                if resource.ends_with(claim.as_str()) {
                    if call.audit.principal.ends_with(instances) {
                        let what = "the agent claims attempt 1 and starts the command";
                        self.print(at, Step::Claimed, actor, what)?;
                    } else {
                        let what = "attempt 1 is fenced: no agent may start it";
                        self.printer.print(at, "revoked", actor, what)?;
                    }
                }
                self.print_output(at).await?;
            }
            _ => {}
        }
        Ok(None)
    }

    fn print_denials(&mut self, call: &ObservedCall) -> Result<()> {
        let message = call.error_message.clone().unwrap_or_default();
        for checked in call.denied() {
            let (permission, resource) = (&checked.permission, &checked.resource);
            let what = format!("{permission} to {} on {resource}", call.caller());
            if self.denials.iter().any(|(known, _)| *known == what) {
                continue;
            }
            let line = format!("{permission} on {resource}: 403 {message}");
            self.printer
                .print(call.audit.time, "denied", call.caller(), &line)?;
            self.last_step = Instant::now();
            self.denials.push((what, message.clone()));
        }
        Ok(())
    }

    /// Prints the history entries up to the commit at `at` that are not printed
    /// yet.
    async fn print_history(&mut self, at: Timestamp, actor: &str) -> Result<Option<JobOutcome>> {
        let Some(entry) = self.target.ledger().get::<Job>(self.id).await? else {
            return Ok(None);
        };
        let job = entry.record;
        let committed = (job.history.iter())
            .take_while(|entry| entry.at <= at)
            .count();
        let new: Vec<String> = (job.history.iter().take(committed))
            .skip(self.printed_history)
            .map(|entry| entry.what.clone())
            .collect();
        self.printed_history = self.printed_history.max(committed);
        for what in new {
            self.print(at, Step::Decided, actor, &what)?;
        }
        if committed < job.history.len() {
            // The later entries belong to a commit that is still to be observed.
            return Ok(None);
        }
        let Some(outcome) = job.outcome() else {
            return Ok(None);
        };
        self.print_output(at).await?;
        self.print(at, Step::Done, "ledger", &show::state(&job))?;
        Ok(Some(outcome.clone()))
    }

    /// Prints the whole lines that the command has written since the last call.
    async fn print_output(&mut self, at: Timestamp) -> Result<()> {
        let new = self.log.read_more().await?;
        self.partial_line.extend(new);
        let end = match self.partial_line.iter().rposition(|byte| *byte == b'\n') {
            Some(end) => end + 1,
            None if self.log.is_complete() => self.partial_line.len(),
            None => 0,
        };
        let lines: Vec<u8> = self.partial_line.drain(..end).collect();
        for line in String::from_utf8_lossy(&lines).lines() {
            let line = format!("| {}", shell::truncate(line, 200));
            self.print(at, Step::Output, "the command", &line)?;
        }
        Ok(())
    }

    fn handle_command(&mut self, now: Timestamp, command: &Command) -> Result<()> {
        match command {
            Command::Push { token, body, .. } => {
                if let Some(push) = observation::push_of_job(body, token.as_deref(), self.id) {
                    let what = format!(
                        "with the OIDC token of {} for {}",
                        push.account, push.audience
                    );
                    self.print(now, Step::Pushed, &format!("to {}", push.function), &what)?;
                }
            }
            Command::PowerOn { instance } => {
                let view = self
                    .local
                    .host
                    .with(|cloud, _| cloud.instance_view(instance));
                let name = view.map(|view| view.name).unwrap_or_default();
                let what = format!("{name}, as a process on this computer");
                self.print(now, Step::Booted, "Compute Engine", &what)?;
            }
            Command::PowerButton { .. } | Command::PowerOff { .. } | Command::DeleteDisk { .. } => {
            }
        }
        Ok(())
    }

    async fn check_cleanup(&mut self) -> Result<()> {
        cleanup::verify(self.local, self.target, self.id).await?;
        let what = "no instance and no process is left, nothing is billed";
        self.print(self.target.now(), Step::Gone, "Compute Engine", what)
    }
}
