//! Walks beside the job and says what it sees.
//!
//! It never asks on a schedule: a call that was observed is the occasion to
//! read what it changed.

use super::{
    remains,
    step::{Pen, Step},
    watch::{self, Call, Seen},
};
use crate::{job::logs::Log, local::Local, target::Target};
use anyhow::{Result, bail};
use jobs::{Job, JobOutcome};
use names::{Attempt, Duration, JobId, JobObjects, Timestamp};
use simulator::Command;
use std::collections::BTreeSet;
use tokio::{
    sync::mpsc::UnboundedReceiver,
    time::{Instant, sleep, sleep_until},
};

/// How long nothing may happen after something was denied.
const STUCK: Duration = Duration::from_secs(10);
/// A command reaches us by another way than the call that it follows from.
const SETTLE: Duration = Duration::from_millis(5);

pub(super) struct Guide<'a> {
    local: &'a Local,
    target: &'a Target,
    id: &'a JobId,
    incoming: UnboundedReceiver<Seen>,
    pen: Pen,
    log: Log,
    /// Output that is no whole line yet.
    rest: Vec<u8>,
    /// How many moments of the history are shown.
    told: usize,
    seen: BTreeSet<Step>,
    calls: Vec<Call>,
    /// What was denied to whom, and Google's words.
    denied: Vec<(String, String)>,
    moved: Instant,
}

impl<'a> Guide<'a> {
    pub(super) fn new(
        local: &'a Local,
        target: &'a Target,
        id: &'a JobId,
        incoming: UnboundedReceiver<Seen>,
    ) -> Self {
        Self {
            local,
            target,
            id,
            incoming,
            pen: Pen::new(target.now()),
            log: Log::new(target, JobObjects::new(id, None), Attempt::FIRST),
            rest: Vec::new(),
            told: 0,
            seen: BTreeSet::new(),
            calls: Vec::new(),
            denied: Vec::new(),
            moved: Instant::now(),
        }
    }

    /// Every call that was seen.
    pub(super) fn calls(&self) -> &[Call] {
        &self.calls
    }

    /// The steps that were not seen.
    pub(super) fn missing(&self) -> Vec<&'static str> {
        let missing = Step::ALL.iter().filter(|step| !self.seen.contains(step));
        missing.map(|step| step.name()).collect()
    }

    /// `text`, and what was denied meanwhile, in Google's words.
    pub(super) fn verdict(&self, text: &str) -> String {
        let new = self
            .denied
            .iter()
            .filter(|(_, words)| !text.contains(words.as_str()));
        let denied: Vec<String> = new
            .map(|(what, words)| format!("denied: {what}: {words}"))
            .collect();
        std::iter::once(text.to_owned())
            .chain(denied)
            .collect::<Vec<_>>()
            .join("; ")
    }

    /// Takes note of what has happened meanwhile, without showing it.
    pub(super) fn drain(&mut self) {
        while let Ok(seen) = self.incoming.try_recv() {
            if let Seen::Call(call) = seen {
                self.calls.push(*call);
            }
        }
    }

    /// Shows the job's way to its end.
    pub(super) async fn walk(&mut self) -> Result<JobOutcome> {
        loop {
            let stuck = sleep_until(self.moved + STUCK);
            tokio::select! {
                biased;
                Some(first) = self.incoming.recv() => {
                    sleep(SETTLE).await;
                    let mut batch = vec![first];
                    while let Ok(next) = self.incoming.try_recv() {
                        batch.push(next);
                    }
                    batch.sort_by_key(Seen::at);
                    for seen in batch {
                        if let Some(outcome) = self.take(seen).await? {
                            self.nothing_left().await?;
                            return Ok(outcome);
                        }
                    }
                }
                () = stuck, if !self.denied.is_empty() => bail!("nothing happens any more"),
            }
        }
    }

    async fn take(&mut self, seen: Seen) -> Result<Option<JobOutcome>> {
        match seen {
            Seen::Call(call) => self.call(*call).await,
            Seen::Command(at, command) => self.command(at, &command).map(|()| None),
        }
    }

    fn show(&mut self, at: Timestamp, step: Step, who: &str, what: &str) -> Result<()> {
        self.moved = Instant::now();
        self.seen.insert(step);
        self.pen.line(at, step.name(), who, what)?;
        Ok(())
    }

    /// Answers how the job ended, if the call was the one that ended it.
    async fn call(&mut self, call: Call) -> Result<Option<JobOutcome>> {
        self.calls.push(call.clone());
        let (at, who) = (call.audit.time, call.who());
        let resource = call.audit.resource.as_str();
        if !call.denied().is_empty() {
            self.deny(&call)?;
        }
        if call.audit.status >= 300 {
            return Ok(None);
        }
        let deployment = &self.target.deployment;
        let to = |topic: &names::TopicName| resource.ends_with(&topic.to_string());
        match call.audit.method {
            "pubsub.projects.topics.publish" if to(&deployment.queue) => {
                self.show(
                    at,
                    Step::Published,
                    who,
                    &format!("the job, to topic {}", deployment.queue.id()),
                )?;
            }
            "pubsub.projects.topics.publish" if to(&deployment.settings.reports) => {
                let what = format!("the agent, to topic {}", deployment.settings.reports.id());
                self.show(at, Step::Reported, who, &what)?;
            }
            _ if call.is_operators() => {}
            "firestore.projects.databases.documents.commit" => return self.decided(at, who).await,
            "compute.instances.insert" => {
                self.show(at, Step::Inserted, who, &instance(resource))?
            }
            "compute.instances.delete" => self.show(at, Step::Deleted, who, &instance(resource))?,
            "storage.objects.insert" => {
                let folder = JobObjects::new(self.id, None);
                if resource.ends_with(folder.claim(Attempt::FIRST).as_str()) {
                    if call
                        .audit
                        .principal
                        .ends_with(deployment.settings.instances_account.as_str())
                    {
                        self.show(
                            at,
                            Step::Claimed,
                            who,
                            "the agent runs and claims attempt 1",
                        )?;
                    } else {
                        self.pen
                            .line(at, "revoked", who, "nobody may run attempt 1 any more")?;
                    }
                }
                self.output(at).await?;
            }
            _ => {}
        }
        Ok(None)
    }

    fn deny(&mut self, call: &Call) -> Result<()> {
        let words = call.refusal.clone().unwrap_or_default();
        for asked in call.denied() {
            let what = format!(
                "{} to {} on {}",
                asked.permission,
                call.who(),
                asked.resource
            );
            if self.denied.iter().any(|(known, _)| *known == what) {
                continue;
            }
            let line = format!("{} on {}: 403 {words}", asked.permission, asked.resource);
            self.pen
                .line(call.audit.time, "denied", call.who(), &line)?;
            self.moved = Instant::now();
            self.denied.push((what, words.clone()));
        }
        Ok(())
    }

    /// Shows what the ledger tells anew, up to the commit at `at`.
    async fn decided(&mut self, at: Timestamp, who: &str) -> Result<Option<JobOutcome>> {
        let Some(entry) = self.target.ledger().get::<Job>(&self.id).await? else {
            return Ok(None);
        };
        let job = entry.record;
        let known = job
            .history
            .iter()
            .take_while(|moment| moment.at <= at)
            .count();
        let news: Vec<String> = (job.history.iter().take(known).skip(self.told))
            .map(|m| m.what.clone())
            .collect();
        self.told = self.told.max(known);
        for what in news {
            self.show(at, Step::Decided, who, &what)?;
        }
        if known < job.history.len() {
            // What came later has a commit of its own to come.
            return Ok(None);
        }
        let Some(outcome) = job.outcome() else {
            return Ok(None);
        };
        self.output(at).await?;
        self.show(at, Step::Done, "ledger", &crate::job::show::state(&job))?;
        Ok(Some(outcome.clone()))
    }

    async fn output(&mut self, at: Timestamp) -> Result<()> {
        let new = self.log.more().await?;
        self.rest.extend(new);
        let end = match self.rest.iter().rposition(|byte| *byte == b'\n') {
            Some(end) => end + 1,
            None if self.log.is_complete() => self.rest.len(),
            None => 0,
        };
        let lines: Vec<u8> = self.rest.drain(..end).collect();
        for line in String::from_utf8_lossy(&lines).lines() {
            self.show(
                at,
                Step::Output,
                "the command",
                &format!("| {}", crate::shell::cut(line, 200)),
            )?;
        }
        Ok(())
    }

    fn command(&mut self, now: Timestamp, command: &Command) -> Result<()> {
        match command {
            Command::Push { token, body, .. } => {
                if let Some(push) = watch::push(body, token.as_deref(), self.id) {
                    let what = format!(
                        "with the OIDC token of {} for {}",
                        push.account, push.audience
                    );
                    self.show(now, Step::Pushed, &format!("to {}", push.function), &what)?;
                }
            }
            Command::PowerOn { instance } => {
                let view = self
                    .local
                    .host
                    .with(|cloud, _| cloud.instance_view(instance));
                let name = view.map(|view| view.name).unwrap_or_default();
                self.show(
                    now,
                    Step::Booted,
                    "Compute Engine",
                    &format!("{name}, a process on this machine"),
                )?;
            }
            Command::PowerButton { .. } | Command::PowerOff { .. } => {}
        }
        Ok(())
    }

    async fn nothing_left(&mut self) -> Result<()> {
        remains::none(self.local, self.target, self.id).await?;
        let what = "no instance, no process, nothing to pay for";
        self.show(self.target.now(), Step::Gone, "Compute Engine", what)
    }
}

/// `…/zones/z/instances/i` as people say it.
fn instance(resource: &str) -> String {
    let mut parts = resource.rsplit('/');
    let name = parts.next().unwrap_or_default();
    match parts.nth(1) {
        Some(zone) => format!("{name} in {zone}"),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_is_named_with_its_zone() {
        assert_eq!(
            instance("projects/p/zones/us-east1-b/instances/gc-a-1"),
            "gc-a-1 in us-east1-b"
        );
        assert_eq!(instance("gc-a-1"), "gc-a-1");
    }
}
