CREATE TABLE "breakers" (
	"project_id" text PRIMARY KEY NOT NULL,
	"opened_at" timestamp with time zone NOT NULL,
	"closed_at" timestamp with time zone,
	"reason" text NOT NULL,
	"incidents" integer NOT NULL,
	"tripped_by" text NOT NULL,
	"closed_by" text
);
--> statement-breakpoint
CREATE TABLE "controls" (
	"project_id" text PRIMARY KEY NOT NULL,
	"is_stopped" boolean NOT NULL,
	"reason" text,
	"changed_by" text NOT NULL,
	"changed_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "cursors" (
	"project_id" text NOT NULL,
	"source" text NOT NULL,
	"position" text NOT NULL,
	"retry_at" timestamp with time zone,
	"fault" text,
	"updated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "cursors_project_id_source_pk" PRIMARY KEY("project_id","source")
);
--> statement-breakpoint
CREATE TABLE "deliveries" (
	"id" text PRIMARY KEY NOT NULL,
	"project_id" text NOT NULL,
	"source" text NOT NULL,
	"dedupe_key" text NOT NULL,
	"resource" text NOT NULL,
	"outcome" text NOT NULL,
	"reason" text NOT NULL,
	"signal" jsonb,
	"incident_id" text,
	"via" text DEFAULT 'webhook' NOT NULL,
	"received_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "deployments" (
	"id" text PRIMARY KEY NOT NULL,
	"project_id" text NOT NULL,
	"deployment_id" text NOT NULL,
	"state" text NOT NULL,
	"sha" text,
	"ref" text,
	"url" text,
	"created_at" timestamp with time zone NOT NULL,
	"ready_at" timestamp with time zone,
	"updated_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "incidents" (
	"id" text PRIMARY KEY NOT NULL,
	"number" serial NOT NULL,
	"project_id" text NOT NULL,
	"identity_key" text NOT NULL,
	"source" text NOT NULL,
	"kind" text NOT NULL,
	"state" text NOT NULL,
	"title" text NOT NULL,
	"culprit" text,
	"level" text NOT NULL,
	"environment" text,
	"release" text,
	"source_issue_id" text,
	"source_short_id" text,
	"source_url" text,
	"priority" text,
	"severity" text,
	"worth_repair" boolean,
	"events" integer,
	"users" integer,
	"first_seen_at" timestamp with time zone NOT NULL,
	"last_seen_at" timestamp with time zone NOT NULL,
	"reopened_at" timestamp with time zone,
	"reopened_count" integer DEFAULT 0 NOT NULL,
	"cause_id" text,
	"cause_reason" text,
	"signature" jsonb,
	"snoozed_until" timestamp with time zone,
	"measure" jsonb,
	"triage" jsonb,
	"investigation" jsonb,
	"attempts" integer DEFAULT 0 NOT NULL,
	"partial_streak" integer DEFAULT 0 NOT NULL,
	"next_check_at" timestamp with time zone,
	"issue_number" integer,
	"issue_url" text,
	"is_issue_foreign" boolean DEFAULT false NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"closed_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "job_runs" (
	"job_id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"finished_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "jobs" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"payload" jsonb NOT NULL,
	"key" text,
	"state" text NOT NULL,
	"run_at" timestamp with time zone NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"max_attempts" integer NOT NULL,
	"lease_until" timestamp with time zone,
	"published_at" timestamp with time zone,
	"message_id" text,
	"last_error" text,
	"parent_job_id" text,
	"created_at" timestamp with time zone NOT NULL,
	"finished_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "lessons" (
	"id" text PRIMARY KEY NOT NULL,
	"project_id" text NOT NULL,
	"incident_id" text NOT NULL,
	"outcome" text NOT NULL,
	"error_type" text,
	"error_message" text,
	"frames" jsonb NOT NULL,
	"tokens" text[] NOT NULL,
	"fix_files" jsonb NOT NULL,
	"summary" text NOT NULL,
	"pull_request_url" text,
	"created_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "projects" (
	"id" text PRIMARY KEY NOT NULL,
	"slug" text NOT NULL,
	"name" text NOT NULL,
	"settings" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "projects_slug_unique" UNIQUE("slug")
);
--> statement-breakpoint
CREATE TABLE "pull_requests" (
	"id" text PRIMARY KEY NOT NULL,
	"project_id" text NOT NULL,
	"incident_id" text NOT NULL,
	"run_id" text NOT NULL,
	"number" integer NOT NULL,
	"url" text NOT NULL,
	"branch" text NOT NULL,
	"head_sha" text NOT NULL,
	"state" text NOT NULL,
	"is_draft" boolean NOT NULL,
	"is_verified_commit" boolean NOT NULL,
	"merged_at" timestamp with time zone,
	"merge_sha" text,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "repair_runs" (
	"id" text PRIMARY KEY NOT NULL,
	"project_id" text NOT NULL,
	"incident_id" text NOT NULL,
	"attempt" integer NOT NULL,
	"task_kind" text NOT NULL,
	"state" text NOT NULL,
	"profile" text NOT NULL,
	"token_hash" text,
	"base_branch" text NOT NULL,
	"base_sha" text NOT NULL,
	"brief" jsonb NOT NULL,
	"budget" jsonb NOT NULL,
	"runner_id" text,
	"phase" text,
	"claims" integer DEFAULT 0 NOT NULL,
	"lease_until" timestamp with time zone,
	"report" jsonb,
	"gate" jsonb,
	"branch" text,
	"commit_sha" text,
	"reason" text,
	"cost_usd" double precision,
	"created_at" timestamp with time zone NOT NULL,
	"claimed_at" timestamp with time zone,
	"finished_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "timeline" (
	"seq" bigserial PRIMARY KEY NOT NULL,
	"id" text NOT NULL,
	"incident_id" text NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"actor" text NOT NULL,
	"kind" text NOT NULL,
	"summary" text NOT NULL,
	"detail" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"url" text
);
--> statement-breakpoint
CREATE TABLE "verifications" (
	"id" text PRIMARY KEY NOT NULL,
	"incident_id" text NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"action" text NOT NULL,
	"facts" jsonb NOT NULL,
	"verdict" jsonb NOT NULL
);
--> statement-breakpoint
ALTER TABLE "controls" ADD CONSTRAINT "controls_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "lessons" ADD CONSTRAINT "lessons_incident_id_incidents_id_fk" FOREIGN KEY ("incident_id") REFERENCES "public"."incidents"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pull_requests" ADD CONSTRAINT "pull_requests_incident_id_incidents_id_fk" FOREIGN KEY ("incident_id") REFERENCES "public"."incidents"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pull_requests" ADD CONSTRAINT "pull_requests_run_id_repair_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."repair_runs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "repair_runs" ADD CONSTRAINT "repair_runs_incident_id_incidents_id_fk" FOREIGN KEY ("incident_id") REFERENCES "public"."incidents"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "timeline" ADD CONSTRAINT "timeline_incident_id_incidents_id_fk" FOREIGN KEY ("incident_id") REFERENCES "public"."incidents"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "verifications" ADD CONSTRAINT "verifications_incident_id_incidents_id_fk" FOREIGN KEY ("incident_id") REFERENCES "public"."incidents"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "deliveries_dedupe" ON "deliveries" USING btree ("project_id","source","dedupe_key");--> statement-breakpoint
CREATE INDEX "deliveries_incident" ON "deliveries" USING btree ("incident_id","received_at");--> statement-breakpoint
CREATE INDEX "deliveries_received" ON "deliveries" USING btree ("project_id","received_at");--> statement-breakpoint
CREATE INDEX "deliveries_polled" ON "deliveries" USING btree ("project_id","received_at") WHERE "deliveries"."via" = 'poll';--> statement-breakpoint
CREATE UNIQUE INDEX "deployments_foreign" ON "deployments" USING btree ("project_id","deployment_id");--> statement-breakpoint
CREATE INDEX "deployments_ready" ON "deployments" USING btree ("project_id","ready_at");--> statement-breakpoint
CREATE UNIQUE INDEX "incidents_identity" ON "incidents" USING btree ("project_id","identity_key");--> statement-breakpoint
CREATE UNIQUE INDEX "incidents_number" ON "incidents" USING btree ("number");--> statement-breakpoint
CREATE INDEX "incidents_state" ON "incidents" USING btree ("project_id","state","updated_at");--> statement-breakpoint
CREATE INDEX "incidents_cause" ON "incidents" USING btree ("cause_id");--> statement-breakpoint
CREATE INDEX "incidents_created" ON "incidents" USING btree ("project_id","created_at");--> statement-breakpoint
CREATE INDEX "incidents_issue" ON "incidents" USING btree ("project_id","issue_number");--> statement-breakpoint
CREATE UNIQUE INDEX "jobs_key_waiting" ON "jobs" USING btree ("key") WHERE "jobs"."state" in ('pending', 'published');--> statement-breakpoint
CREATE UNIQUE INDEX "jobs_key_running" ON "jobs" USING btree ("key") WHERE "jobs"."state" = 'running';--> statement-breakpoint
CREATE INDEX "jobs_due" ON "jobs" USING btree ("run_at") WHERE "jobs"."state" = 'pending';--> statement-breakpoint
CREATE INDEX "jobs_leased" ON "jobs" USING btree ("lease_until") WHERE "jobs"."state" = 'running' and "jobs"."lease_until" is not null;--> statement-breakpoint
CREATE INDEX "jobs_sent" ON "jobs" USING btree ("published_at") WHERE "jobs"."state" = 'published';--> statement-breakpoint
CREATE UNIQUE INDEX "lessons_incident" ON "lessons" USING btree ("incident_id");--> statement-breakpoint
CREATE INDEX "lessons_tokens" ON "lessons" USING gin ("tokens");--> statement-breakpoint
CREATE INDEX "lessons_project" ON "lessons" USING btree ("project_id","created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "pull_requests_number" ON "pull_requests" USING btree ("project_id","number");--> statement-breakpoint
CREATE INDEX "pull_requests_incident" ON "pull_requests" USING btree ("incident_id");--> statement-breakpoint
CREATE UNIQUE INDEX "repair_runs_attempt" ON "repair_runs" USING btree ("incident_id","attempt");--> statement-breakpoint
CREATE INDEX "repair_runs_queue" ON "repair_runs" USING btree ("state","created_at");--> statement-breakpoint
CREATE INDEX "timeline_incident" ON "timeline" USING btree ("incident_id","seq");--> statement-breakpoint
CREATE INDEX "verifications_incident" ON "verifications" USING btree ("incident_id","at");