//! Reports to groundcrew, each with a new identity token of the machine.

use crate::{backoff, decide::Input, machine::Machine};
use events::{AgentReport, JobAssignment, JobReported};
use gcp::{Message, Publisher};
use names::Duration;
use std::{collections::BTreeMap, sync::Arc};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

/// Sends reports in order, each with retries until it is accepted. Sends
/// [`Input::Reported`] after the last one.
pub(crate) async fn send_all(
    mut reports: UnboundedReceiver<AgentReport>,
    machine: Arc<Machine>,
    publisher: Arc<dyn Publisher>,
    inputs: UnboundedSender<Input>,
    retry: Duration,
) {
    let mut next = reports.recv().await;
    while let Some(report) = next.take() {
        let mut backoff = backoff::starting_at(retry);
        while let Err(fault) = send(&machine, &*publisher, &report).await {
            tracing::warn!(report = kind(&report), fault, "report failed, retrying");
            tokio::select! {
                () = backoff.wait() => {}
                // Another report is due: do not wait out a long backoff, since the
                // host may be about to be terminated.
                waiting = reports.recv(), if next.is_none() => next = waiting,
            }
        }
        tracing::info!(report = kind(&report), "reported");
        match report {
            AgentReport::Started => {}
            // The receiver is gone once the attempt has ended.
            AgentReport::Finished { .. } | AgentReport::Drained { .. } => {
                drop(inputs.send(Input::Reported))
            }
        }
        if next.is_none() {
            next = reports.recv().await;
        }
    }
}

async fn send(
    machine: &Machine,
    publisher: &dyn Publisher,
    report: &AgentReport,
) -> Result<(), String> {
    let assignment = &machine.assignment;
    let identity = machine.identity(&assignment.audience).await?;
    let message = message(assignment, report, identity);
    match publisher.publish(&assignment.reports, message).await {
        Ok(_) => Ok(()),
        Err(e) => Err(e.to_string()),
    }
}

fn message(assignment: &JobAssignment, report: &AgentReport, identity: String) -> Message {
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

fn kind(report: &AgentReport) -> &'static str {
    match report {
        AgentReport::Started => "started",
        AgentReport::Finished { .. } => "finished",
        AgentReport::Drained { .. } => "drained",
    }
}
