//! Reports to groundcrew, each with a fresh proof of which machine speaks.

use crate::{backoff, decide::Input, machine::Machine};
use events::{Assignment, JobReported, Report};
use gcp::{Message, Publisher};
use names::Duration;
use std::{collections::BTreeMap, sync::Arc};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

/// Sends what comes in, in order, each until it is taken. The end of it is
/// told to `inputs` as [`Input::Reported`].
pub(crate) async fn send_all(
    mut reports: UnboundedReceiver<Report>,
    machine: Arc<Machine>,
    publisher: Arc<dyn Publisher>,
    inputs: UnboundedSender<Input>,
    retry: Duration,
) {
    let mut next = reports.recv().await;
    while let Some(report) = next.take() {
        let mut backoff = backoff::starting_at(retry);
        while let Err(fault) = send(&machine, &*publisher, &report).await {
            tracing::warn!(report = kind(&report), fault, "not reported yet");
            tokio::select! {
                () = backoff.wait() => {}
                // Another report waits: a host that goes away leaves no time
                // to sit out a long pause.
                waiting = reports.recv(), if next.is_none() => next = waiting,
            }
        }
        tracing::info!(report = kind(&report), "reported");
        match report {
            Report::Started => {}
            // Nobody listens once the agent is over.
            Report::Finished { .. } | Report::Drained => drop(inputs.send(Input::Reported)),
        }
        if next.is_none() {
            next = reports.recv().await;
        }
    }
}

async fn send(machine: &Machine, publisher: &dyn Publisher, report: &Report) -> Result<(), String> {
    let assignment = &machine.assignment;
    let identity = machine.identity(&assignment.audience).await?;
    let message = message(assignment, report, identity);
    match publisher.publish(&assignment.reports, message).await {
        Ok(_) => Ok(()),
        Err(e) => Err(e.to_string()),
    }
}

fn message(assignment: &Assignment, report: &Report, identity: String) -> Message {
    let mut message = Message::json(&JobReported {
        job: assignment.job.clone(),
        attempt: assignment.attempt,
        report: report.clone(),
        identity,
    });
    message.attributes = BTreeMap::from([
        ("job".to_owned(), assignment.job.to_string()),
        ("attempt".to_owned(), assignment.attempt.to_string()),
        ("kind".to_owned(), kind(report).to_owned()),
    ]);
    message
}

fn kind(report: &Report) -> &'static str {
    match report {
        Report::Started => "started",
        Report::Finished { .. } => "finished",
        Report::Drained => "drained",
    }
}
