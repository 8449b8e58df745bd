CREATE TABLE "feedback_items" (
	"id" text PRIMARY KEY NOT NULL,
	"project_id" text NOT NULL,
	"incident_id" text NOT NULL,
	"pull_number" integer NOT NULL,
	"kind" text NOT NULL,
	"external_id" text NOT NULL,
	"author" text NOT NULL,
	"author_kind" text NOT NULL,
	"permission" text NOT NULL,
	"verdict" text NOT NULL,
	"reason" text NOT NULL,
	"state" text NOT NULL,
	"text" text NOT NULL,
	"url" text,
	"review_id" text,
	"thread_id" text,
	"path" text,
	"line" integer,
	"run_id" text,
	"outcome" text,
	"answered_at" timestamp with time zone,
	"said_at" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "feedback_items" ADD CONSTRAINT "feedback_items_incident_id_incidents_id_fk" FOREIGN KEY ("incident_id") REFERENCES "public"."incidents"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "feedback_items" ADD CONSTRAINT "feedback_items_run_id_repair_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."repair_runs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "feedback_items_pull" ON "feedback_items" USING btree ("incident_id","pull_number");