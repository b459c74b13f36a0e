//! Records in groundcrew's ledger what an operator does to a project from the
//! command line, as far as the caller may write there. A customer with their
//! own credentials may not, and can set up projects all the same.

use crate::{out, target::Target};
use account::{Error, ManualRun, ManualStart, Settings, Spec};
use anyhow::{Context, Result, anyhow, bail};
use gcp::{Class, Classify};
use names::{Duration, Timestamp};
use plan::{ApplyReport, AttemptResult, DeploymentRecord};

/// How long an apply waits for the ledger before it continues without.
const LEDGER_TIMEOUT: Duration = Duration::from_secs(20);

/// Writes the runs of one project to the ledger.
pub(crate) struct RunRecorder<'a> {
    run: ManualRun,
    spec: &'a Spec,
}

/// Whether the start of a run is in the ledger.
pub(crate) enum RecordedStart {
    /// Recorded with this time.
    At(Timestamp),
    /// Not recorded; the user was told why.
    No,
}

impl<'a> RunRecorder<'a> {
    pub(crate) fn new(target: &Target, settings: Settings, spec: &'a Spec) -> Self {
        Self {
            run: ManualRun::new(target.client.clone(), target.ledger(), settings),
            spec,
        }
    }

    /// Records that an apply starts. `has_changes` is whether its plan has any.
    pub(crate) async fn begin_apply(&self, has_changes: bool) -> Result<RecordedStart> {
        let start = self.run.begin_apply(self.spec, has_changes);
        let Ok(start) = tokio::time::timeout(LEDGER_TIMEOUT, start).await else {
            let timeout = humantime::format_duration(LEDGER_TIMEOUT);
            out::note!("not recorded in the ledger: no response within {timeout}");
            return Ok(RecordedStart::No);
        };
        match start {
            Ok(ManualStart::Started(at)) => Ok(RecordedStart::At(at)),
            Ok(ManualStart::Conflict(reason)) => bail!("nothing was changed: {reason}"),
            Err(error) if error.is_closed() || error.class() == Class::Transient => {
                Ok(not_recorded(error))
            }
            Err(error) => Err(anyhow!(error)).context("nothing was changed"),
        }
    }

    /// Fails if the ledger has another deployment in the project: what `action`
    /// says (`deleted`) is not done.
    pub(crate) async fn check(&self, action: &str) -> Result<()> {
        let conflict = self.run.conflict(self.spec);
        match tokio::time::timeout(LEDGER_TIMEOUT, conflict).await {
            Ok(Ok(Some(reason))) => bail!("nothing was {action}: {reason}"),
            // A project can be left without the ledger: its own record counts.
            Ok(Ok(None) | Err(_)) | Err(_) => Ok(()),
        }
    }

    /// Records that the removal of what groundcrew created starts.
    pub(crate) async fn begin_removal(
        &self,
        record: Option<&DeploymentRecord>,
    ) -> Result<RecordedStart> {
        match self.run.begin_removal(self.spec, record).await {
            Ok(ManualStart::Started(at)) => Ok(RecordedStart::At(at)),
            Ok(ManualStart::Conflict(reason)) => bail!("nothing was deleted: {reason}"),
            Err(error) if error.is_closed() => Ok(not_recorded(error)),
            Err(error) => Err(anyhow!(error)).context("nothing was deleted"),
        }
    }

    /// Records the result of a run whose start was recorded. A failure is only
    /// reported: the run itself is over.
    pub(crate) async fn end(
        &self,
        start: &RecordedStart,
        report: &Result<ApplyReport, plan::Error>,
    ) {
        let RecordedStart::At(at) = start else {
            return;
        };
        let result = match report {
            Ok(report) => AttemptResult::of(report),
            Err(error) => AttemptResult::unobserved(std::slice::from_ref(error)),
        };
        if let Err(error) = self.run.end(&self.spec.project, *at, &result).await {
            out::note!(
                "the result is not recorded in the ledger: {:#}",
                anyhow!(error)
            );
        }
    }

    /// Records that the project has no deployment.
    pub(crate) async fn give_up(&self) -> Result<()> {
        match self.run.give_up(self.spec).await {
            Err(error) if !error.is_closed() => Err(anyhow!(error)),
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

fn not_recorded(error: Error) -> RecordedStart {
    out::note!("not recorded in the ledger: {:#}", anyhow!(error));
    RecordedStart::No
}
