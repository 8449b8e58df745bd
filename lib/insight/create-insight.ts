import type { Executor } from "../db/database.ts";
import type { Figures } from "./figures-model.ts";
import { findFigures } from "./find-figures.ts";
import { findIncidentByName, findIncidentStory, findPulse, findTimelineAfter } from "./find-incident-story.ts";
import { findOverview } from "./find-overview.ts";
import { listDeliveryPage, listIncidentPage, listJobPage, type PageRequest } from "./list-pages.ts";
import type {
  DeliveryView,
  IncidentStory,
  IncidentView,
  JobState,
  JobView,
  Overview,
  Page,
  TimelineView,
} from "./model.ts";

/** The read models of one project. A list answers null for a cursor that is none of ours, the rest for what is not there. */
export interface Insight {
  findOverview(page: PageRequest): Promise<Overview | null>;
  findIncidentStory(idOrNumber: string): Promise<IncidentStory | null>;
  /** The incident's id, whichever of its names is given. */
  findIncidentId(idOrNumber: string): Promise<string | null>;
  findTimelineAfter(idOrNumber: string, afterSeq: number, limit: number): Promise<TimelineView[] | null>;
  findPulse(incidentId: string, afterSeq: number): Promise<{ pulse: string; entries: TimelineView[] } | null>;
  listIncidents(page: PageRequest): Promise<Page<IncidentView> | null>;
  listDeliveries(page: PageRequest): Promise<Page<DeliveryView> | null>;
  /** Jobs carry no project: these are all of the installation. */
  listJobs(page: PageRequest & { state: JobState | null }): Promise<Page<JobView> | null>;
  /** Of this project; of jobs, of the installation. */
  findFigures(now: Date): Promise<Figures>;
}

export function createInsight(db: Executor, projectId: string): Insight {
  return {
    findOverview: (page) => findOverview(db, projectId, page),
    findIncidentStory: (name) => findIncidentStory(db, projectId, name),
    findIncidentId: async (name) => (await findIncidentByName(db, projectId, name))?.id ?? null,
    findTimelineAfter: (name, afterSeq, limit) => findTimelineAfter(db, projectId, name, afterSeq, limit),
    findPulse: (incidentId, afterSeq) => findPulse(db, incidentId, afterSeq),
    listIncidents: (page) => listIncidentPage(db, projectId, page),
    listDeliveries: (page) => listDeliveryPage(db, projectId, page),
    listJobs: (page) => listJobPage(db, page),
    findFigures: (now) => findFigures(db, projectId, now),
  };
}
