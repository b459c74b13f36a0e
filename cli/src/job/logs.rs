//! `groundcrew job logs`

use super::show;
use crate::{args::LogsArgs, out, target::Target};
use anyhow::{Context, Result};
use bytes::Bytes;
use events::{ExitObject, ExitRecord};
use futures_util::future::try_join_all;
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
    let (mut bytes, mut is_empty) = (Vec::new(), true);
    loop {
        let more = log.read_more().await?;
        if more.is_empty() {
            break;
        }
        is_empty = false;
        if args.job.json {
            bytes.extend(more);
        } else {
            out::bytes(&more)?;
        }
    }
    let complete = log.is_complete() || job.outcome().is_some() || attempt < job.attempt;
    if args.job.json {
        let text = String::from_utf8_lossy(&bytes);
        out::json(&json!({ "id": id, "attempt": attempt, "complete": complete, "text": text }))?;
    }
    if is_empty {
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
        loop {
            let unread = target.keep_asking(|| log.unread()).await?;
            let is_all = unread.end != UnreadEnd::Part;
            out::bytes(&log.accept(unread))?;
            if is_all {
                break;
            }
        }
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

/// How many parts of the output are read at a time, of at most 4 MiB each.
const PARTS_AT_ONCE: u32 = 8;

/// Reads the output of an attempt incrementally.
pub(crate) struct Log {
    client: Client,
    bucket: BucketName,
    folder: JobObjects,
    attempt: Attempt,
    /// The number of the next part to read.
    next_part: u32,
    /// Once the attempt has ended with one.
    exit: Option<ExitRecord>,
    complete: bool,
}

/// Output that was not read before.
struct Unread {
    output: Vec<u8>,
    next_part: u32,
    exit: Option<ExitRecord>,
    /// How far it goes.
    end: UnreadEnd,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum UnreadEnd {
    /// More may have been written.
    Part,
    /// This is what was written so far.
    Written,
    /// The command has ended, and this is the end of its output.
    Output,
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
            exit: None,
            complete: false,
        }
    }

    /// Whether the command has ended and all of its output was read.
    pub(crate) fn is_complete(&self) -> bool {
        self.complete
    }

    /// Output written since the last call: some of it, and nothing only if there
    /// is none.
    pub(crate) async fn read_more(&mut self) -> Result<Vec<u8>> {
        let unread = self.unread().await?;
        Ok(self.accept(unread))
    }

    /// Counts `unread` as read, and answers with its text.
    fn accept(&mut self, unread: Unread) -> Vec<u8> {
        self.next_part = unread.next_part;
        self.complete = unread.end == UnreadEnd::Output;
        self.exit = unread.exit;
        unread.output
    }

    async fn unread(&self) -> Result<Unread> {
        let exit = match &self.exit {
            Some(exit) => Some(exit.clone()),
            None => self.exit_record().await?,
        };
        let next = self.next_part..self.next_part + PARTS_AT_ONCE;
        let parts = match &exit {
            _ if self.complete => self.next_part..self.next_part,
            Some(exit) => self.next_part..exit.log_parts.min(next.end),
            None => contiguous(self.next_part, &self.written_parts(next).await?),
        };
        let read = try_join_all(parts.clone().map(|part| self.read(part))).await?;
        let mut output = read.concat();
        let end = match &exit {
            Some(exit) if parts.end >= exit.log_parts => {
                if !self.complete {
                    output.extend(&exit.log_tail);
                }
                UnreadEnd::Output
            }
            _ if output.is_empty() => UnreadEnd::Written,
            _ => UnreadEnd::Part,
        };
        Ok(Unread {
            output,
            next_part: parts.end,
            exit,
            end,
        })
    }

    async fn read(&self, part: u32) -> Result<Bytes> {
        let object = self.folder.log_part(self.attempt, part);
        storage::read_object(&self.client, &self.bucket, &object)
            .await
            .with_context(|| format!("cannot read part {part} of the output"))
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

    /// Which of the parts `range` were written so far.
    async fn written_parts(&self, range: Range<u32>) -> Result<Vec<u32>> {
        let name = |part| self.folder.log_part(self.attempt, part);
        let names = &name(range.start)..&name(range.end);
        let objects = storage::list_objects_between(&self.client, &self.bucket, names).await?;
        let prefix = self.folder.log_prefix(self.attempt);
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
                    let query = request.uri().query().expect("a range").replace("%2F", "/");
                    let offset = |name| {
                        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
                        let found = pairs.find(|(key, _)| *key == name);
                        found.expect("an offset").1.to_owned()
                    };
                    let logs = objects.range(offset("startOffset")..offset("endOffset"));
                    let items: Vec<_> = logs.map(|(name, _)| json!({ "name": name })).collect();
                    assert!(items.len() <= PARTS_AT_ONCE as usize);
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
            exit: None,
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
    async fn many_parts_are_read_in_order_and_listed_a_few_at_a_time() {
        let objects = Objects::default();
        let mut log = log(&objects);
        let expected: String = (0..100).map(|part| format!("{part}\n")).collect();
        for part in 0..100 {
            let name = log.folder.log_part(Attempt::FIRST, part);
            objects.put(&name, &format!("{part}\n"));
        }
        let mut read = Vec::new();
        loop {
            let more = log.read_more().await.expect("reads");
            if more.is_empty() {
                break;
            }
            read.extend(more);
        }
        assert_eq!(String::from_utf8(read).expect("text"), expected);
        assert!(!log.is_complete());
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
