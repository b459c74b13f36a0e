//! A command's output, written to the bucket while it runs.
//!
//! Each part is a new object that is never changed. A command is made to wait
//! for a bucket that is slow, but not for one that takes nothing.

mod buffer;

use crate::bucket::Bucket;
use buffer::Buffer;
use bytes::Bytes;
use names::{Attempt, JobObjects};
use std::{future::pending, pin::pin, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    sync::oneshot,
    task::JoinHandle,
    time::{Instant, sleep_until},
};

const KIB: usize = 1024;

/// Sizes and spans that a log goes by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLimits {
    /// Output is written at the latest this long after it was.
    pub flush_after: Duration,
    /// And at once when there is this much of it, in bytes.
    pub flush_at: usize,
    /// The size of a part at most, in bytes.
    pub part: usize,
    /// What may wait for the bucket, in bytes, besides the part on its way;
    /// from 128 KiB. It counts as full when the pipe's 64 KiB no longer fit, so
    /// that a command's last words never push out older ones.
    pub buffer: usize,
    /// What the exit record may hold of the end, in bytes.
    pub tail: usize,
    /// How long a full buffer holds the command up before the oldest output
    /// is dropped.
    pub patience: Duration,
    /// How long the pipe is read after the command has ended, in case a
    /// process that left its group holds it open.
    pub drain: Duration,
}

impl Default for LogLimits {
    fn default() -> Self {
        Self {
            flush_after: Duration::from_secs(1),
            flush_at: 64 * KIB,
            part: 4 * KIB * KIB,
            buffer: 12 * KIB * KIB,
            tail: 64 * KIB,
            patience: Duration::from_secs(10),
            drain: Duration::from_secs(2),
        }
    }
}

/// A log that is being written.
pub(crate) struct Log {
    finish: oneshot::Sender<Finish>,
    task: JoinHandle<Written>,
}

struct Finish {
    says: Option<String>,
    tail: usize,
}

/// What has become of the output.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Written {
    /// How many parts are in the bucket.
    pub(crate) parts: u32,
    /// What follows them.
    pub(crate) tail: Bytes,
}

impl Log {
    /// Writes what comes out of `output` to `bucket`.
    pub(crate) fn start(
        output: impl AsyncRead + Send + 'static,
        bucket: Bucket,
        folder: JobObjects,
        attempt: Attempt,
        limits: LogLimits,
    ) -> Self {
        let (finish, finished) = oneshot::channel();
        let writer = Writer {
            bucket,
            folder,
            attempt,
            limits,
            parts: 0,
        };
        let task = tokio::spawn(writer.run(output, finished));
        Self { finish, task }
    }

    /// Writes the rest, with `says` as its last line, and leaves at most
    /// `tail` bytes of the end unwritten.
    pub(crate) async fn finish(self, says: Option<String>, tail: usize) -> Written {
        // Fails only if the task is gone, which the join then says.
        let _ = self.finish.send(Finish { says, tail });
        self.task.await.unwrap_or_else(|e| {
            tracing::error!(error = %e, "the log's writer failed");
            Written {
                parts: 0,
                tail: Bytes::from_static(b"groundcrew: the end of the output was lost\n"),
            }
        })
    }
}

struct Writer {
    bucket: Bucket,
    folder: JobObjects,
    attempt: Attempt,
    limits: LogLimits,
    parts: u32,
}

impl Writer {
    async fn run(
        mut self,
        output: impl AsyncRead + Send,
        mut finished: oneshot::Receiver<Finish>,
    ) -> Written {
        let mut output = pin!(output);
        let mut chunk = vec![0; 64 * KIB];
        let mut buffer = Buffer::new(self.limits.buffer);
        let mut open = true;
        let mut flush_at = None;
        // When a full buffer starts to drop; kept until the bucket takes a part.
        let mut drop_at: Option<Instant> = None;
        let mut dropping = false;
        let mut upload = pin!(None);
        let mut finish: Option<(Finish, Instant)> = None;
        while open || finish.is_none() {
            let due = flush_at.is_some_and(|at| at <= Instant::now());
            if upload.is_none() && (due || buffer.len() >= self.limits.flush_at) {
                upload.set(Some(self.put(buffer.take(self.limits.part))));
                self.parts += 1;
                flush_at = (buffer.len() > 0).then(Instant::now);
            }
            let room = buffer.has_room(chunk.len());
            if room {
                drop_at = None;
            } else if drop_at.is_none() {
                drop_at = Some(Instant::now() + self.limits.patience);
            }
            tokio::select! {
                read = output.read(&mut chunk), if open && (room || dropping || finish.is_some()) => match read {
                    Ok(0) | Err(_) => open = false,
                    Ok(count) => {
                        buffer.push(&chunk[..count]);
                        flush_at = flush_at.or_else(|| Some(Instant::now() + self.limits.flush_after));
                    }
                },
                () = or_never(upload.as_mut().as_pin_mut()) => {
                    upload.set(None);
                    dropping = false;
                    drop_at = None;
                }
                () = at(flush_at), if upload.is_none() => {}
                () = at(drop_at), if !dropping => dropping = true,
                () = at(finish.as_ref().map(|(_, until)| *until)) => open = false,
                told = &mut finished, if finish.is_none() => {
                    let told = told.unwrap_or(Finish { says: None, tail: 0 });
                    finish = Some((told, Instant::now() + self.limits.drain));
                }
            }
        }
        or_done(upload.as_mut().as_pin_mut()).await;
        let (says, tail) = finish.map_or((None, 0), |(finish, _)| (finish.says, finish.tail));
        if let Some(says) = says {
            buffer.push_line(&says);
        }
        while buffer.len() > tail {
            let count = (buffer.len() - tail).min(self.limits.part);
            self.put(buffer.take(count)).await;
            self.parts += 1;
        }
        Written {
            parts: self.parts,
            tail: buffer.take(tail),
        }
    }

    fn put(&self, bytes: Bytes) -> impl Future<Output = ()> + use<> {
        let object = self.folder.log_part(self.attempt, self.parts);
        let bucket = self.bucket.clone();
        async move {
            bucket.create(&object, "text/plain", bytes).await;
        }
    }
}

async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => pending().await,
    }
}

async fn or_never(work: Option<impl Future<Output = ()>>) {
    match work {
        Some(work) => work.await,
        None => pending().await,
    }
}

async fn or_done(work: Option<impl Future<Output = ()>>) {
    if let Some(work) = work {
        work.await;
    }
}

#[cfg(test)]
mod tests;
