//! `groundcrew job submit`

use super::show;
use crate::{args::SubmitArgs, out, target::Target};
use anyhow::{Context, Result, bail};
use events::JobSpec;
use gcp::Message;
use jobs::Job;
use names::{JobId, Timestamp, Zone};
use serde_json::json;
use std::process::ExitCode;

pub(crate) async fn run(args: SubmitArgs) -> Result<ExitCode> {
    let (id, json, target) = (args.id.clone(), args.json, args.target.clone());
    let spec = spec(args)?;
    let target = Target::find(&target).await?;
    target.announce();
    if let Some(id) = &id {
        check_repetition(&target, id, &spec).await?;
    }
    if let Some(note) = zones_note(&spec, &target.deployment.settings.zones) {
        out::note!("{note}");
    }
    if let Some(note) = target.network_note().await? {
        out::note!("{note}");
    }
    let id = id.unwrap_or_else(|| new_id(target.now(), std::process::id()));
    submit(&target, &id, &spec).await?;
    if json {
        out::json(&json!({ "id": id }))?;
    } else {
        out::line(id.as_str())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Refuses an ID that another job has: submitting would run nothing.
async fn check_repetition(target: &Target, id: &JobId, spec: &JobSpec) -> Result<()> {
    let Some(entry) = target.ledger().get::<Job>(id).await? else {
        return Ok(());
    };
    if entry.record.spec.as_ref() != Some(spec) {
        let state = show::state(&entry.record);
        bail!(
            "{id} is another job, {state} (see `groundcrew job show {id}`): \
             choose another --id, or none"
        );
    }
    out::note!("{id} was submitted before: it runs once");
    Ok(())
}

/// Which of the job's zones are not known to offer its machine, if any.
fn zones_note(spec: &JobSpec, zones: &[Zone]) -> Option<String> {
    let chosen = if spec.zones.is_empty() {
        zones
    } else {
        &spec.zones
    };
    let lacking: Vec<&str> = chosen
        .iter()
        .filter(|zone| spec.is_offered_in(zone) == Some(false))
        .map(Zone::as_str)
        .collect();
    let gpu = spec
        .gpu_to_attach()
        .map(|gpu| format!(" with {}", gpu.kind));
    let machine = format!("{}{}", spec.machine_type(), gpu.unwrap_or_default());
    let lacking = (!lacking.is_empty()).then(|| lacking.join(", "))?;
    Some(format!(
        "{machine} is not known to be offered in {lacking}: asked last"
    ))
}

/// Publishes the job to the queue.
pub(crate) async fn submit(target: &Target, id: &JobId, spec: &JobSpec) -> Result<()> {
    let mut message = Message::json(spec);
    message.attributes.insert("job".to_owned(), id.to_string());
    target
        .publish(&target.deployment.queue, message)
        .await
        .context("the job was not submitted")
}

fn spec(args: SubmitArgs) -> Result<JobSpec> {
    let defaults = JobSpec::new(args.command);
    let spec = JobSpec {
        env: args.env.into_iter().collect(),
        machine: args.machine,
        gpu: args.gpu,
        spot: args.spot,
        max_run: args.max_run.unwrap_or(defaults.max_run),
        disk_gb: args.disk_gb.unwrap_or(defaults.disk_gb),
        zones: args.zones,
        retries: args.retries,
        volume: args.volume,
        ssh_key: args.ssh_key,
        command: defaults.command,
    };
    spec.check()?;
    Ok(spec)
}

/// A new unique job ID. IDs sort by their time of creation.
///
/// # Panics
/// Never: the ID has at most 13 and 7 digits, and does not end with a hyphen.
pub(crate) fn new_id(now: Timestamp, pid: u32) -> JobId {
    let time = base32(now.as_micros().unsigned_abs());
    format!("job-{time}-{}", base32(pid.into()))
        .parse()
        .expect("a job id")
}

/// Crockford's base 32, whose digits are not confused with each other.
fn base32(mut number: u64) -> String {
    const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let mut text = Vec::new();
    loop {
        text.push(char::from(
            DIGITS[usize::try_from(number % 32).unwrap_or(0)],
        ));
        number /= 32;
        if number == 0 {
            return text.iter().rev().collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Arguments, Command, JobCommand};
    use clap::Parser;
    use names::Duration;

    fn parse(line: &str) -> SubmitArgs {
        let words = ["groundcrew", "job", "submit"]
            .into_iter()
            .chain(line.split(' '));
        let Command::Job(JobCommand::Submit(args)) = Arguments::parse_from(words).command else {
            panic!("another command");
        };
        args
    }

    #[test]
    fn an_id_is_short_sorts_by_time_and_differs_between_processes() {
        let at = |micros| Timestamp::from_micros(micros);
        let id = new_id(at(1_795_325_452_520_869), 4_194_304);
        assert_eq!(
            id.as_str(),
            "job-1k0v7gqh395-40000".replace("1k0v7gqh395", &base32(1_795_325_452_520_869))
        );
        assert!(id.as_str().len() <= 24, "{id}");
        assert!(id < new_id(at(1_795_325_452_520_870), 1));
        assert_ne!(id, new_id(at(1_795_325_452_520_869), 7));
        new_id(at(i64::MAX), u32::MAX);
        new_id(at(i64::MIN), 0);
        for (number, text) in [(0, "0"), (31, "z"), (32, "10"), (1023, "zz")] {
            assert_eq!(base32(number), text);
        }
    }

    #[test]
    fn a_spec_has_the_given_options_and_the_defaults() {
        assert_eq!(
            spec(parse("-- echo -n hello")).expect("valid"),
            JobSpec::new(["echo", "-n", "hello"].map(String::from).into())
        );
        let line = "--machine n1-standard-4 --gpu nvidia-tesla-t4:2 --spot --max-run 1h30m \
                     --env A=1 --env B=x=y --disk-gb 50 --zone us-east1-b --retries 2 --volume data \
                     -- ./train";
        let spec = spec(parse(
            &line.split_whitespace().collect::<Vec<_>>().join(" "),
        ))
        .expect("valid");
        assert_eq!(spec.machine_type().as_str(), "n1-standard-4");
        assert_eq!(spec.gpu.expect("a gpu").count, 2);
        assert_eq!(spec.max_run, Duration::from_secs(5400));
        assert_eq!(spec.env["B"], "x=y");
        assert_eq!((spec.disk_gb, spec.retries, spec.spot), (50, 2, true));
        assert_eq!(spec.zones[0].as_str(), "us-east1-b");
        assert_eq!(spec.volume.expect("a volume").as_str(), "data");
    }

    #[test]
    fn the_example_of_the_help_is_valid_and_gets_a_machine() {
        let line = "--gpu nvidia-tesla-t4:1 --spot --max-run 2h -- ./train";
        let spec = spec(parse(line)).expect("valid");
        assert_eq!(spec.machine_type().as_str(), "n1-standard-4");
        let zones = ["us-east1-b", "us-central1-a"].map(|zone| zone.parse().expect("a zone"));
        let note = zones_note(&spec, &zones);
        let expected = "n1-standard-4 with nvidia-tesla-t4 is not known to be offered in \
                        us-east1-b: asked last";
        assert_eq!(note.as_deref(), Some(expected));
        assert_eq!(zones_note(&spec, &zones[1..]), None);
    }

    #[test]
    fn a_spec_beyond_a_limit_is_rejected_before_it_is_sent() {
        for (line, says) in [
            (
                "--max-run 8days -- x",
                "max_run: must be from 1 second to 7 days",
            ),
            (
                "--gpu nvidia-tesla-t4:17 -- x",
                "gpu.count: must be from 1 to 16",
            ),
            ("-- ", "command is missing"),
            (
                "--machine e2-standard-2 --gpu nvidia-tesla-t4:1 -- x",
                "series n1 only",
            ),
            ("--gpu nvidia-tesla-t4:3 -- x", "comes in 1, 2, 4"),
            (
                "--machine n1-standard-3 -- x",
                "no machine type n1-standard-3",
            ),
        ] {
            let error = spec(parse(line)).expect_err(line).to_string();
            assert!(error.contains(says), "{line}: {error}");
        }
    }
}
