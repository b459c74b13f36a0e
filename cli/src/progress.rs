//! What is under way, on a terminal: a line for each task while it lasts, below
//! what was printed. Without a terminal on standard error there is nothing to see.

use crate::shell::printable;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::{
    collections::BTreeMap,
    sync::{LazyLock, Mutex, PoisonError},
    time::Duration,
};

static TASKS: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);
/// The steps of a plan that are under way, by name.
static STEPS: Mutex<BTreeMap<String, Task>> = Mutex::new(BTreeMap::new());
const REDRAW_INTERVAL: Duration = Duration::from_millis(120);

/// Something under way, shown until it is dropped.
pub(crate) struct Task(ProgressBar);

impl Task {
    /// Shows `what` from now on, and how long it takes.
    pub(crate) fn begin(what: &str) -> Self {
        let style = ProgressStyle::with_template("{spinner} {wide_msg} {elapsed}")
            .expect("a valid template");
        let bar = TASKS.add(ProgressBar::new_spinner().with_style(style));
        let task = Self(bar);
        task.is(what);
        task.0.enable_steady_tick(REDRAW_INTERVAL);
        task
    }

    /// Shows `what` in place of what was shown before.
    pub(crate) fn is(&self, what: &str) {
        let line = printable(what).replace('\n', " ");
        self.0.set_message(line);
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.finish_and_clear();
        TASKS.remove(&self.0);
    }
}

/// Shows that the step `name` is under way.
pub(crate) fn begin_step(name: &str) {
    with_steps(|steps| steps.insert(name.to_owned(), Task::begin(name)));
}

/// Shows what a step waits for.
pub(crate) fn step_waits(name: &str, reason: &str) {
    with_steps(|steps| {
        if let Some(task) = steps.get(name) {
            task.is(&format!("{name}: waiting: {reason}"));
        }
    });
}

/// The step has ended.
pub(crate) fn end_step(name: &str) {
    with_steps(|steps| steps.remove(name));
}

fn with_steps<T>(change: impl FnOnce(&mut BTreeMap<String, Task>) -> T) -> T {
    change(&mut STEPS.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Writes with the tasks' lines out of the way.
pub(crate) fn suspended<T>(write: impl FnOnce() -> T) -> T {
    match LazyLock::get(&TASKS) {
        Some(tasks) => tasks.suspend(write),
        None => write(),
    }
}
