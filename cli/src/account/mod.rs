//! `groundcrew account`: one file per theme.

pub(crate) mod apply;
mod book;
pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod look;
mod reports;
pub(crate) mod request;
pub(crate) mod revoke;
mod row;

use crate::{
    args::{AccountArgs, TargetArgs},
    deployment::project,
    target::Target,
};
use account::{Settings, Setup, Spec, SshKey};
use anyhow::{Context, Result, anyhow, bail};
use plan::{ApplyReport, Progress, ResourceId, Secret, StepEvent, StepOutcome};
use std::{collections::BTreeMap, fs, path::Path, process::ExitCode};

/// A project that is set up, and the cloud that it is in.
pub(crate) struct Account {
    pub(crate) setup: Setup,
    pub(crate) spec: Spec,
    settings: Settings,
    target: Target,
}

impl Account {
    pub(crate) async fn find(args: &AccountArgs) -> Result<Self> {
        let mut spec = read(args)?;
        spec.ssh_key = ssh_key(args, &spec)?;
        let place = TargetArgs {
            google: args.google.clone(),
            jobs_project: None,
        };
        let target = Target::find(&place).await?;
        let settings = project::settings(&target.deployment);
        if spec.subnetwork.is_none() && account::regions(&spec, &settings).is_empty() {
            let place = &spec.location;
            bail!("regions: {place} is no region, so say in the spec where machines run");
        }
        let (settings, owed) = reports::of_ours(&target.client, &spec, settings).await?;
        if let Some(owed) = owed {
            eprintln!("{owed}");
        }
        let setup = Setup::new(target.client.clone(), &spec, &settings);
        Ok(Self {
            setup,
            spec,
            settings,
            target,
        })
    }

    /// The ledger of what is done to it.
    fn book(&self) -> book::Book<'_> {
        book::Book::new(&self.target, self.settings.clone(), &self.spec)
    }

    /// Says in which cloud what is about to be changed.
    pub(crate) fn announce(&self) {
        eprintln!("{}: project {}", self.target.place(), self.spec.project);
    }
}

/// What is said of the project, but for its SSH key.
fn read(args: &AccountArgs) -> Result<Spec> {
    match (&args.spec, &args.project) {
        (Some(path), asked) => {
            let file = path.display().to_string();
            let text = fs::read_to_string(path).with_context(|| format!("cannot read {file}"))?;
            Ok(Spec::parse(&file, &text, asked.as_ref())?)
        }
        (None, Some(project)) => Ok(Spec::of(project.clone())),
        (None, None) => bail!("name a project with --project or --spec"),
    }
}

/// What is said of the SSH key, by word first.
fn ssh_key(args: &AccountArgs, spec: &Spec) -> Result<SshKey> {
    let beside = args.spec.as_ref().and_then(|file| file.parent());
    let named = spec.ssh_key_file.as_ref();
    let named = named.map(|file| beside.map_or_else(|| file.clone(), |folder| folder.join(file)));
    match (&args.ssh_key, named, args.no_ssh_key) {
        (_, _, true) => Ok(SshKey::Forgotten),
        (Some(file), _, false) => secret(file),
        (None, Some(file), false) => secret(&file),
        (None, None, false) => Ok(SshKey::Kept),
    }
}

fn secret(file: &Path) -> Result<SshKey> {
    let shown = file.display();
    let bytes = fs::read(file).with_context(|| format!("cannot read the SSH key {shown}"))?;
    let text = String::from_utf8_lossy(&bytes);
    if !text.contains("PRIVATE KEY-----") {
        bail!("{shown} is no private SSH key: it has no line `-----BEGIN … PRIVATE KEY-----`");
    }
    let secret = Secret::new(bytes).with_context(|| format!("the SSH key {shown}"))?;
    Ok(SshKey::Given(secret))
}

/// What could not be read, each on a line of its own.
pub(crate) fn unread(errors: Vec<plan::Error>) -> anyhow::Error {
    let texts = errors
        .into_iter()
        .map(|error| format!("{:#}", anyhow!(error)));
    anyhow!(texts.collect::<Vec<_>>().join("\n  "))
}

/// Shows people how far each step is.
pub(crate) fn tell(event: StepEvent<'_>) {
    let StepEvent { id, progress } = event;
    match progress {
        Progress::Started => {}
        Progress::Waiting { why } => eprintln!("  {id}: waits: {why}"),
        Progress::Ended(outcome) => match outcome {
            StepOutcome::Unchanged => {}
            StepOutcome::Created { .. } => eprintln!("  {id}: made"),
            StepOutcome::Adopted => eprintln!("  {id}: adopted"),
            StepOutcome::Changed => eprintln!("  {id}: changed"),
            // Others' grants in it stay.
            StepOutcome::Deleted if matches!(id, ResourceId::Policy(_)) => {
                eprintln!("  {id}: our grants taken out")
            }
            StepOutcome::Deleted => eprintln!("  {id}: gone"),
            StepOutcome::Retained { until: None } => eprintln!("  {id}: retained"),
            StepOutcome::Retained { until: Some(until) } => {
                eprintln!("  {id}: retained until {until}")
            }
            StepOutcome::Failed { reason, .. } => eprintln!("  {id}: failed: {reason}"),
            StepOutcome::Blocked { by } => eprintln!("  {id}: not tried: {by}"),
        },
    }
}

/// What became of each step, in numbers; and whether all is well.
pub(crate) fn ended(report: &ApplyReport) -> (String, ExitCode) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for outcome in report.outcomes.values() {
        let word = match outcome {
            StepOutcome::Unchanged => "as they should be",
            StepOutcome::Created { .. } => "made",
            StepOutcome::Adopted => "adopted",
            StepOutcome::Changed => "changed",
            StepOutcome::Deleted => "gone",
            StepOutcome::Retained { .. } => "retained",
            StepOutcome::Failed { .. } => "failed",
            StepOutcome::Blocked { .. } => "not tried",
        };
        *counts.entry(word).or_default() += 1;
    }
    let counts: Vec<String> = counts
        .iter()
        .map(|(word, n)| format!("{n} {word}"))
        .collect();
    let text = match counts.is_empty() {
        true => "nothing to do".to_owned(),
        false => counts.join(", "),
    };
    if let Some(left) = report.remaining.as_ref().filter(|left| !left.is_empty()) {
        eprintln!("changed concurrently by someone else:\n{left}");
    }
    for unseen in &report.unobserved {
        eprintln!("done, but not looked at again: {unseen}");
    }
    let code = match report.is_done() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    };
    (text, code)
}
