//! Writes the session as it happens, says once when that is not possible, and tells the face what else there is to say.
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::sync::mpsc;

use crate::{
    protocol::{Event, Record},
    store::{SessionLog, StoreError},
};

#[derive(Clone)]
pub(super) struct Journal {
    log: Arc<SessionLog>,
    outbox: mpsc::Sender<Event>,
    has_complained: Arc<AtomicBool>,
}

impl Journal {
    pub(super) fn new(log: Arc<SessionLog>, outbox: mpsc::Sender<Event>) -> Self {
        Self { log, outbox, has_complained: Arc::default() }
    }

    pub(super) async fn record(&self, record: Record) {
        let written = self.log.append(&record);
        self.complain_about(written).await;
    }

    /// Brings all records to the disk.
    pub(super) async fn sync(&self) {
        let synced = self.log.sync();
        self.complain_about(synced).await;
    }

    pub(super) async fn emit(&self, event: Event) {
        // A face that has gone away has no need to know.
        let _ = self.outbox.send(event).await;
    }

    pub(super) async fn tell(&self, notice: String) {
        self.emit(Event::Notice(notice)).await;
    }

    async fn complain_about(&self, result: Result<(), StoreError>) {
        let Err(error) = result else { return };
        if !self.has_complained.swap(true, Ordering::Relaxed) {
            let notice = format!("This session is not being saved: {error}. The work goes on.");
            self.tell(notice).await;
        }
    }
}
