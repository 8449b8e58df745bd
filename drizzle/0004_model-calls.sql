CREATE TABLE "inquiries" (
	"id" text PRIMARY KEY NOT NULL,
	"incident_id" text NOT NULL,
	"subject" text NOT NULL,
	"mark" text NOT NULL,
	"state" text NOT NULL,
	"turn" integer DEFAULT 0 NOT NULL,
	"messages" jsonb NOT NULL,
	"suspicions" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"outcome" jsonb,
	"started_at" timestamp with time zone NOT NULL,
	"ended_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "model_calls" (
	"id" text PRIMARY KEY NOT NULL,
	"project_id" text NOT NULL,
	"incident_id" text,
	"run_id" text,
	"session" text NOT NULL,
	"purpose" text NOT NULL,
	"model" text NOT NULL,
	"prompt" text NOT NULL,
	"prompt_version" text NOT NULL,
	"prompt_sections" text[] NOT NULL,
	"state" text NOT NULL,
	"reserved_tokens" integer NOT NULL,
	"reserved_usd" double precision,
	"input_tokens" integer,
	"cache_read_tokens" integer,
	"cache_write_tokens" integer,
	"output_tokens" integer,
	"cost_usd" double precision,
	"latency_ms" integer,
	"finish" text,
	"created_at" timestamp with time zone NOT NULL,
	"settled_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "inquiries" ADD CONSTRAINT "inquiries_incident_id_incidents_id_fk" FOREIGN KEY ("incident_id") REFERENCES "public"."incidents"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "inquiries_subject" ON "inquiries" USING btree ("incident_id","subject");--> statement-breakpoint
CREATE INDEX "model_calls_session" ON "model_calls" USING btree ("session");--> statement-breakpoint
CREATE INDEX "model_calls_day" ON "model_calls" USING btree ("project_id","created_at");--> statement-breakpoint
CREATE INDEX "model_calls_incident" ON "model_calls" USING btree ("incident_id");