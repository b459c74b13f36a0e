//! `groundcrew job logs`

use super::show;
use crate::{args::LogsArgs, out, target::Target};
use anyhow::{Context, Result};
use events::{ExitObject, ExitRecord};
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
    let bytes = log.read_more().await?;
    let complete = log.is_complete() || job.outcome().is_some() || attempt < job.attempt;
    if args.job.json {
        let text = String::from_utf8_lossy(&bytes);
        out::json(&json!({ "id": id, "attempt": attempt, "complete": complete, "text": text }))?;
    } else {
        out::bytes(&bytes)?;
    }
    if bytes.is_empty() {
        let output = if complete { "nothing" } else { "nothing yet" };
        out::note!(
            "{id} printed {output} in attempt {attempt}; state: {}",
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
    let mut printed_state = String::new();
    loop {
        // Read the job before its log: a job's output is complete once it is done.
        let job = target.keep_asking(|| target.job(id)).await?.record;
        let unread = target.keep_asking(|| log.unread()).await?;
        out::bytes(&log.accept(unread))?;
        if job.attempt != log.attempt {
            log = Log::new(target, job.objects(id), job.attempt);
            out::note!("attempt {} started", job.attempt);
            continue;
        }
        if job.outcome().is_some() {
            out::note!("{id} is {}", show::state(&job));
            return Ok(ExitCode::SUCCESS);
        }
        let state = show::state(&job);
        if state != printed_state {
            out::note!("{id} is {state}");
            printed_state = state;
        }
        tokio::time::sleep(target.poll_interval()).await;
    }
}

/// Reads the output of an attempt incrementally.
pub(crate) struct Log {
    client: Client,
    bucket: BucketName,
    folder: JobObjects,
    attempt: Attempt,
    /// The number of the next part to read.
    next_part: u32,
    complete: bool,
}

/// Output that was not read before.
struct Unread {
    output: Vec<u8>,
    next_part: u32,
    complete: bool,
}

impl Log {
    /// Starts at the beginning of the output.
    pub(crate) fn new(target: &Target, folder: JobObjects, attempt: Attempt) -> Self {
        Self {
            client: target.client.clone(),
            bucket: target.deployment.settings.bucket.clone(),
            folder,
            attempt,
            next_part: 0,
            complete: false,
        }
    }

    /// Whether the command has ended and all of its output was read.
    pub(crate) fn is_complete(&self) -> bool {
        self.complete
    }

    /// The output written since the last call.
    pub(crate) async fn read_more(&mut self) -> Result<Vec<u8>> {
        let unread = self.unread().await?;
        Ok(self.accept(unread))
    }

    /// Counts `unread` as read, and answers with its text.
    fn accept(&mut self, unread: Unread) -> Vec<u8> {
        self.next_part = unread.next_part;
        self.complete = unread.complete;
        unread.output
    }

    async fn unread(&self) -> Result<Unread> {
        let mut unread = Unread {
            output: Vec::new(),
            next_part: self.next_part,
            complete: self.complete,
        };
        if self.complete {
            return Ok(unread);
        }
        let exit = self.exit_record().await?;
        let parts = match &exit {
            Some(exit) => self.next_part..exit.log_parts,
            None => contiguous(self.next_part, &self.written_parts().await?),
        };
        for part in parts {
            let object = self.folder.log_part(self.attempt, part);
            let bytes = storage::read_object(&self.client, &self.bucket, &object).await;
            let bytes = bytes.with_context(|| format!("cannot read part {part} of the output"))?;
            unread.output.extend(bytes);
            unread.next_part = part + 1;
        }
        if let Some(exit) = exit {
            unread.output.extend(exit.log_tail);
            unread.complete = true;
        }
        Ok(unread)
    }

    /// The exit record, if the attempt has ended with one. Cancelled and lost
    /// attempts have none.
    async fn exit_record(&self) -> Result<Option<ExitRecord>> {
        let object = self.folder.exit_record(self.attempt);
        match storage::read_object(&self.client, &self.bucket, &object).await {
            Ok(bytes) => {
                let object = serde_json::from_slice(&bytes)
                    .with_context(|| format!("{object} is not a valid exit record"))?;
                Ok(ExitObject::into_record(object))
            }
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The numbers of the parts written so far.
    async fn written_parts(&self) -> Result<Vec<u32>> {
        let prefix = self.folder.log_prefix(self.attempt);
        let objects = storage::list_objects(&self.client, &self.bucket, &prefix).await?;
        Ok(objects
            .iter()
            .filter_map(|object| part_number(&prefix, &object.name))
            .collect())
    }
}

fn part_number(prefix: &str, object: &ObjectName) -> Option<u32> {
    object
        .as_str()
        .strip_prefix(prefix)?
        .strip_suffix(".txt")?
        .parse()
        .ok()
}

/// The contiguous parts from `next` on: a part is shown only after all before it.
fn contiguous(next: u32, written: &[u32]) -> Range<u32> {
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
    fn only_contiguous_parts_are_read() {
        for (next, written, taken) in [
            (0, vec![], 0..0),
            (0, vec![0, 1, 3], 0..2),
            (1, vec![1, 0, 2], 1..3),
            (2, vec![0, 1], 2..2),
        ] {
            assert_eq!(contiguous(next, &written), taken, "{next} {written:?}");
        }
        let job = JobObjects::new(&"j".parse().expect("valid"), None);
        let prefix = job.log_prefix(Attempt::FIRST);
        assert_eq!(
            part_number(&prefix, &job.log_part(Attempt::FIRST, 12)),
            Some(12)
        );
        assert_eq!(part_number(&prefix, &job.exit_record(Attempt::FIRST)), None);
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
            let content = match name.strip_prefix('/') {
                None => {
                    let logs = objects.keys().filter(|name| name.contains("/log/"));
                    let items: Vec<_> = logs.map(|name| json!({ "name": name })).collect();
                    Some(json!({ "items": items }).to_string())
                }
                Some(name) => objects.get(name).cloned(),
            };
            let status = if content.is_some() { 200 } else { 404 };
            let body = Bytes::from(content.unwrap_or_default());
            let response = http::Response::builder().status(status).body(body);
            Box::pin(async move { Ok(response.expect("a response")) })
        }
    }

    fn log(objects: &Objects) -> Log {
        let client = Client::new(
            Arc::new(objects.clone()),
            Arc::new(StaticToken::new("t")),
            Endpoints::local("http://127.0.0.1:9"),
            Arc::new(SystemClock),
        );
        Log {
            client,
            bucket: "bucket".parse().expect("valid"),
            folder: JobObjects::new(&"j".parse().expect("valid"), None),
            attempt: Attempt::FIRST,
            next_part: 0,
            complete: false,
        }
    }

    #[tokio::test]
    async fn output_consists_of_the_parts_and_the_tail() {
        let objects = Objects::default();
        let mut log = log(&objects);
        let job = log.folder.clone();
        assert_eq!(log.read_more().await.expect("reads"), b"");
        objects.put(&job.log_part(Attempt::FIRST, 0), "one\n");
        assert_eq!(log.read_more().await.expect("reads"), b"one\n");
        assert_eq!(log.read_more().await.expect("reads"), b"");
        objects.put(&job.log_part(Attempt::FIRST, 1), "two\n");
        let exit = json!({
            "exit_status": { "kind": "exited", "code": 0 },
            "started": "2026-01-01T00:00:00Z", "finished": "2026-01-01T00:00:01Z",
            "log_parts": 2, "log_tail": "dGhyZWU=",
        });
        objects.put(&job.exit_record(Attempt::FIRST), &exit.to_string());
        assert_eq!(log.read_more().await.expect("reads"), b"two\nthree");
        assert!(log.is_complete());
        assert_eq!(log.read_more().await.expect("reads"), b"");
    }

    #[tokio::test]
    async fn an_attempt_that_was_cancelled_or_lost_has_its_output_too() {
        let objects = Objects::default();
        let mut log = log(&objects);
        objects.put(&log.folder.log_part(Attempt::FIRST, 0), "one\n");
        let closed = json!({ "closed": "2026-01-01T00:00:00Z" }).to_string();
        objects.put(&log.folder.exit_record(Attempt::FIRST), &closed);
        assert_eq!(log.read_more().await.expect("reads"), b"one\n");
        // Its machine may still write what the command printed at the end.
        assert!(!log.is_complete());
        objects.put(&log.folder.log_part(Attempt::FIRST, 1), "two\n");
        assert_eq!(log.read_more().await.expect("reads"), b"two\n");
    }
}
