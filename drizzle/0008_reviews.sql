CREATE TABLE "issue_answers" (
	"project_id" text NOT NULL,
	"repository" text NOT NULL,
	"issue_number" integer NOT NULL,
	"state" text NOT NULL,
	"reason" text,
	"body" text,
	"url" text,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "issue_answers_project_id_repository_issue_number_pk" PRIMARY KEY("project_id","repository","issue_number")
);
--> statement-breakpoint
CREATE TABLE "review_findings" (
	"id" text PRIMARY KEY NOT NULL,
	"review_id" text NOT NULL,
	"project_id" text NOT NULL,
	"repository" text NOT NULL,
	"pull_number" integer NOT NULL,
	"key" text NOT NULL,
	"state" text NOT NULL,
	"path" text NOT NULL,
	"side" text NOT NULL,
	"start_line" integer,
	"line" integer NOT NULL,
	"anchor" text NOT NULL,
	"severity" text NOT NULL,
	"confidence" double precision NOT NULL,
	"kind" text NOT NULL,
	"title" text NOT NULL,
	"why" text NOT NULL,
	"suggestion" text,
	"reason" text,
	"reply" jsonb,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"told_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "reviews" (
	"id" text PRIMARY KEY NOT NULL,
	"project_id" text NOT NULL,
	"repository" text NOT NULL,
	"pull_number" integer NOT NULL,
	"head_sha" text NOT NULL,
	"state" text NOT NULL,
	"trigger" text,
	"asked_by" text,
	"reason" text,
	"draft" jsonb,
	"outcome" jsonb,
	"url" text,
	"summary_url" text,
	"head_seen_at" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"begun_at" timestamp with time zone,
	"posted_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "review_findings" ADD CONSTRAINT "review_findings_review_id_reviews_id_fk" FOREIGN KEY ("review_id") REFERENCES "public"."reviews"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "review_findings_key" ON "review_findings" USING btree ("review_id","key");--> statement-breakpoint
CREATE INDEX "review_findings_pull" ON "review_findings" USING btree ("project_id","repository","pull_number");--> statement-breakpoint
CREATE UNIQUE INDEX "reviews_head" ON "reviews" USING btree ("project_id","repository","pull_number","head_sha");--> statement-breakpoint
CREATE INDEX "reviews_sha" ON "reviews" USING btree ("project_id","head_sha");--> statement-breakpoint
CREATE INDEX "reviews_created" ON "reviews" USING btree ("project_id","created_at");