//! The output of a command, written to the bucket while it runs.
//!
//! Each part is a new object that is never changed. A slow bucket makes the
//! command wait (backpressure); a bucket that is down does not.

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

/// Sizes and durations of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLimits {
    /// When output is written at first, while somebody may be watching.
    pub early: Flush,
    /// How long that is.
    pub early_for: Duration,
    /// When output is written afterwards: in fewer and larger parts, since a
    /// reader of a long log reads each of them.
    pub late: Flush,
    /// Maximum size of a part, in bytes.
    pub part_size: usize,
    /// Size of the buffer in bytes, not counting the part that is being uploaded;
    /// at least 128 KiB. It counts as full when the pipe's 64 KiB do not fit any
    /// more, so that the rest of the pipe never pushes out older output.
    pub buffer_size: usize,
    /// Maximum size of the tail in the exit record, in bytes.
    pub tail_size: usize,
    /// How long a full buffer blocks the command before the oldest output is
    /// dropped.
    pub drop_after: Duration,
    /// How long the pipe is read after the command has ended, in case a process
    /// outside its group holds it open.
    pub drain_timeout: Duration,
}

/// When buffered output is written, whichever comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flush {
    /// The longest time that it stays in the buffer.
    pub interval: Duration,
    /// The bytes that are written without further delay.
    pub size: usize,
}

impl Default for LogLimits {
    fn default() -> Self {
        Self {
            early: Flush {
                interval: Duration::from_secs(1),
                size: 64 * KIB,
            },
            early_for: Duration::from_secs(60),
            late: Flush {
                interval: Duration::from_secs(10),
                size: KIB * KIB,
            },
            part_size: 4 * KIB * KIB,
            buffer_size: 12 * KIB * KIB,
            tail_size: 64 * KIB,
            drop_after: Duration::from_secs(10),
            drain_timeout: Duration::from_secs(2),
        }
    }
}

/// A log that is being written.
pub(crate) struct Log {
    finish: oneshot::Sender<FinishRequest>,
    task: JoinHandle<WrittenLog>,
}

struct FinishRequest {
    last_line: Option<String>,
    tail: usize,
}

/// A log that is complete, except for the tail.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct WrittenLog {
    /// Number of parts in the bucket.
    pub(crate) parts: u32,
    /// The output after these parts.
    pub(crate) tail: Bytes,
}

impl Log {
    /// Starts writing `output` to `bucket`.
    pub(crate) fn start(
        output: impl AsyncRead + Send + 'static,
        bucket: Bucket,
        objects: JobObjects,
        attempt: Attempt,
        limits: LogLimits,
    ) -> Self {
        let (finish, finished) = oneshot::channel();
        let writer = Writer {
            bucket,
            objects,
            attempt,
            limits,
            started: Instant::now(),
            parts: 0,
        };
        let task = tokio::spawn(writer.run(output, finished));
        Self { finish, task }
    }

    /// Writes the rest of the output and `last_line`, except for a tail of at
    /// most `tail` bytes.
    pub(crate) async fn finish(self, last_line: Option<String>, tail: usize) -> WrittenLog {
        // Fails only if the task has panicked, which the join reports.
        let _ = self.finish.send(FinishRequest { last_line, tail });
        self.task.await.unwrap_or_else(|e| {
            tracing::error!(error = %e, "writing the log failed");
            WrittenLog {
                parts: 0,
                tail: Bytes::from_static(b"groundcrew: the end of the output was lost\n"),
            }
        })
    }
}

struct Writer {
    bucket: Bucket,
    objects: JobObjects,
    attempt: Attempt,
    limits: LogLimits,
    started: Instant,
    parts: u32,
}

impl Writer {
    fn flush(&self) -> Flush {
        if self.started.elapsed() < self.limits.early_for {
            self.limits.early
        } else {
            self.limits.late
        }
    }

    async fn run(
        mut self,
        output: impl AsyncRead + Send,
        mut finished: oneshot::Receiver<FinishRequest>,
    ) -> WrittenLog {
        let mut output = pin!(output);
        let mut chunk = vec![0; 64 * KIB];
        let mut buffer = Buffer::new(self.limits.buffer_size);
        let mut open = true;
        let mut flush_at = None;
        // When a full buffer starts to drop output; reset by a successful upload.
        let mut drop_at: Option<Instant> = None;
        let mut dropping = false;
        let mut upload = pin!(None);
        let mut finish: Option<(FinishRequest, Instant)> = None;
        while open || finish.is_none() {
            let due = flush_at.is_some_and(|at| at <= Instant::now());
            if upload.is_none() && (due || buffer.len() >= self.flush().size) {
                upload.set(Some(self.upload(buffer.take(self.limits.part_size))));
                self.parts += 1;
                flush_at = (buffer.len() > 0).then(Instant::now);
            }
            let room = buffer.has_room(chunk.len());
            if room {
                drop_at = None;
            } else if drop_at.is_none() {
                drop_at = Some(Instant::now() + self.limits.drop_after);
            }
            tokio::select! {
                read = output.read(&mut chunk), if open && (room || dropping || finish.is_some()) => match read {
                    Ok(0) | Err(_) => open = false,
                    Ok(count) => {
                        buffer.push(&chunk[..count]);
                        flush_at = flush_at.or_else(|| Some(Instant::now() + self.flush().interval));
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
                request = &mut finished, if finish.is_none() => {
                    let request = request.unwrap_or(FinishRequest { last_line: None, tail: 0 });
                    finish = Some((request, Instant::now() + self.limits.drain_timeout));
                }
            }
        }
        or_done(upload.as_mut().as_pin_mut()).await;
        let (last_line, tail) =
            finish.map_or((None, 0), |(finish, _)| (finish.last_line, finish.tail));
        if let Some(last_line) = last_line {
            buffer.push_line(&last_line);
        }
        while buffer.len() > tail {
            let count = (buffer.len() - tail).min(self.limits.part_size);
            self.upload(buffer.take(count)).await;
            self.parts += 1;
        }
        WrittenLog {
            parts: self.parts,
            tail: buffer.take(tail),
        }
    }

    fn upload(&self, bytes: Bytes) -> impl Future<Output = ()> + use<> {
        let object = self.objects.log_part(self.attempt, self.parts);
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
