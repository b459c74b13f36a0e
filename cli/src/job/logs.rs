//! `groundcrew job logs`

use super::show;
use crate::{args::LogsArgs, out, target::Target};
use anyhow::{Context, Result};
use events::ExitRecord;
use gcp::{Client, methods::storage};
use names::{Attempt, BucketName, JobId, JobObjects, ObjectName};
use serde_json::json;
use std::{ops::Range, process::ExitCode};

pub(crate) async fn run(args: &LogsArgs) -> Result<ExitCode> {
    let id = &args.job.id;
    let target = Target::find(&args.job.target).await?;
    let job = target.job(id).await?.record;
    let attempt = args.attempt.unwrap_or(job.attempt);
    if args.follow {
        return follow(&target, id, job.objects(id), attempt).await;
    }
    let mut log = Log::new(&target, job.objects(id), attempt);
    let bytes = log.more().await?;
    if args.job.json {
        let text = String::from_utf8_lossy(&bytes);
        out::json(
            &json!({ "id": id, "attempt": attempt, "complete": log.is_complete(), "text": text }),
        )?;
    } else {
        out::bytes(&bytes)?;
    }
    if bytes.is_empty() {
        let said = if log.is_complete() {
            "nothing"
        } else {
            "nothing yet"
        };
        eprintln!(
            "{id} printed {said} in attempt {attempt}; it is {}",
            show::state(&job)
        );
    }
    Ok(ExitCode::SUCCESS)
}

async fn follow(
    target: &Target,
    id: &JobId,
    folder: JobObjects,
    attempt: Attempt,
) -> Result<ExitCode> {
    let mut log = Log::new(target, folder, attempt);
    let mut said = String::new();
    loop {
        // The job first: what it printed is there before it is done.
        let job = target.job(id).await?.record;
        out::bytes(&log.more().await?)?;
        if job.attempt != log.attempt {
            log = Log::new(target, job.objects(id), job.attempt);
            eprintln!("attempt {} begins", job.attempt);
            continue;
        }
        if job.outcome().is_some() {
            eprintln!("{id} is {}", show::state(&job));
            return Ok(ExitCode::SUCCESS);
        }
        let state = show::state(&job);
        if state != said {
            eprintln!("{id} is {state}");
            said = state;
        }
        tokio::time::sleep(target.pause()).await;
    }
}

/// The output of an attempt, read as far as it is written.
pub(crate) struct Log {
    client: Client,
    bucket: BucketName,
    folder: JobObjects,
    attempt: Attempt,
    /// The part to read next.
    next: u32,
    complete: bool,
}

impl Log {
    /// Nothing is read yet.
    pub(crate) fn new(target: &Target, folder: JobObjects, attempt: Attempt) -> Self {
        Self {
            client: target.client.clone(),
            bucket: target.deployment.settings.bucket.clone(),
            folder,
            attempt,
            next: 0,
            complete: false,
        }
    }

    /// Whether the end was read.
    pub(crate) fn is_complete(&self) -> bool {
        self.complete
    }

    /// What was written since, in order.
    pub(crate) async fn more(&mut self) -> Result<Vec<u8>> {
        let mut output = Vec::new();
        if self.complete {
            return Ok(output);
        }
        let exit = self.exit().await?;
        let written = match &exit {
            Some(exit) => self.next..exit.log_parts,
            None => following(self.next, &self.parts().await?),
        };
        for part in written {
            let object = self.folder.log_part(self.attempt, part);
            let bytes = storage::read_object(&self.client, &self.bucket, &object).await;
            output.extend(
                bytes.with_context(|| format!("part {part} of the output cannot be read"))?,
            );
            self.next = part + 1;
        }
        if let Some(exit) = exit {
            output.extend(exit.log_tail);
            self.complete = true;
        }
        Ok(output)
    }

    /// How the attempt ended, if it has.
    async fn exit(&self) -> Result<Option<ExitRecord>> {
        let object = self.folder.exit_record(self.attempt);
        match storage::read_object(&self.client, &self.bucket, &object).await {
            Ok(bytes) => Ok(Some(
                serde_json::from_slice(&bytes).with_context(|| format!("{object} is damaged"))?,
            )),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The numbers of the parts that are written.
    async fn parts(&self) -> Result<Vec<u32>> {
        let prefix = self.folder.log_prefix(self.attempt);
        let objects = storage::list_objects(&self.client, &self.bucket, &prefix).await?;
        Ok(objects
            .iter()
            .filter_map(|object| number(&prefix, &object.name))
            .collect())
    }
}

fn number(prefix: &str, object: &ObjectName) -> Option<u32> {
    object
        .as_str()
        .strip_prefix(prefix)?
        .strip_suffix(".txt")?
        .parse()
        .ok()
}

/// The parts from `next` on without a gap: a part is shown after all before it.
fn following(next: u32, written: &[u32]) -> Range<u32> {
    let mut end = next;
    while written.contains(&end) {
        end += 1;
    }
    next..end
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use gcp::{BoxFuture, Endpoints, SendError, Transport, credentials::StaticToken};
    use runtime::SystemClock;
    use std::{
        collections::BTreeMap,
        sync::{Arc, Mutex},
    };

    #[test]
    fn parts_are_taken_in_order_and_without_a_gap() {
        for (next, written, taken) in [
            (0, vec![], 0..0),
            (0, vec![0, 1, 3], 0..2),
            (1, vec![1, 0, 2], 1..3),
            (2, vec![0, 1], 2..2),
        ] {
            assert_eq!(following(next, &written), taken, "{next} {written:?}");
        }
        let job = JobObjects::new(&"j".parse().expect("valid"), None);
        let prefix = job.log_prefix(Attempt::FIRST);
        assert_eq!(number(&prefix, &job.log_part(Attempt::FIRST, 12)), Some(12));
        assert_eq!(number(&prefix, &job.exit_record(Attempt::FIRST)), None);
    }

    /// A bucket's objects, by name.
    #[derive(Clone, Default)]
    struct Objects(Arc<Mutex<BTreeMap<String, String>>>);

    impl Objects {
        fn put(&self, name: &ObjectName, text: &str) {
            self.0
                .lock()
                .expect("not poisoned")
                .insert(name.to_string(), text.to_owned());
        }
    }

    impl Transport for Objects {
        fn send(
            &self,
            request: http::Request<Bytes>,
        ) -> BoxFuture<'_, Result<http::Response<Bytes>, SendError>> {
            let objects = self.0.lock().expect("not poisoned");
            let path = request.uri().path().replace("%2F", "/");
            let (_, name) = path.split_once("/o").expect("an object's path");
            let answer = match name.strip_prefix('/') {
                None => {
                    let logs = objects.keys().filter(|name| name.contains("/log/"));
                    let items: Vec<_> = logs.map(|name| json!({ "name": name })).collect();
                    Some(json!({ "items": items }).to_string())
                }
                Some(name) => objects.get(name).cloned(),
            };
            let status = if answer.is_some() { 200 } else { 404 };
            let body = Bytes::from(answer.unwrap_or_default());
            let response = http::Response::builder().status(status).body(body);
            Box::pin(async move { Ok(response.expect("an answer")) })
        }
    }

    #[tokio::test]
    async fn output_is_stitched_from_parts_and_the_tail() {
        let objects = Objects::default();
        let client = Client::new(
            Arc::new(objects.clone()),
            Arc::new(StaticToken::new("t")),
            Endpoints::local("http://127.0.0.1:9"),
            Arc::new(SystemClock),
        );
        let job = JobObjects::new(&"j".parse().expect("valid"), None);
        let mut log = Log {
            client,
            bucket: "bucket".parse().expect("valid"),
            folder: job.clone(),
            attempt: Attempt::FIRST,
            next: 0,
            complete: false,
        };
        assert_eq!(log.more().await.expect("reads"), b"");
        objects.put(&job.log_part(Attempt::FIRST, 0), "one\n");
        assert_eq!(log.more().await.expect("reads"), b"one\n");
        assert_eq!(log.more().await.expect("reads"), b"");
        objects.put(&job.log_part(Attempt::FIRST, 1), "two\n");
        let exit = json!({
            "ending": { "kind": "exited", "code": 0 },
            "started": "2026-01-01T00:00:00Z", "finished": "2026-01-01T00:00:01Z",
            "log_parts": 2, "log_tail": "dGhyZWU=",
        });
        objects.put(&job.exit_record(Attempt::FIRST), &exit.to_string());
        assert_eq!(log.more().await.expect("reads"), b"two\nthree");
        assert!(log.is_complete());
        assert_eq!(log.more().await.expect("reads"), b"");
    }
}
